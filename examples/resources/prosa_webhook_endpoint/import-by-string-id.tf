import {
  to = prosa_webhook_endpoint.transcripts
  id = "https://speech.example.com/prosa-webhook" # the URL or the id
}

resource "prosa_webhook_endpoint" "transcripts" {
  url           = "https://speech.example.com/prosa-webhook"
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"]
}
