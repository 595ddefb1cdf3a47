import {
  to = prosa_webhook_endpoint.transcripts
  id = "https://speech.example.com/prosa-webhook"
}
