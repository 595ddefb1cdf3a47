import {
  to = prosa_webhook_secret_rotation.transcripts
  id = "https://speech.example.com/prosa-webhook"
}
