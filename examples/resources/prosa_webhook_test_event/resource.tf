resource "prosa_webhook_endpoint" "transcripts" {
  url           = "https://speech.example.com/prosa-webhook"
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"]
}

# The apply fails unless the receiver responds with a 2xx status.
resource "prosa_webhook_test_event" "transcripts" {
  endpoint_id = prosa_webhook_endpoint.transcripts.id
  timeout     = "30s"

  # Send a test event after the endpoint is created and after each update.
  triggers = {
    url              = prosa_webhook_endpoint.transcripts.url
    event_filters    = join(" ", prosa_webhook_endpoint.transcripts.event_filters)
    ssl_verification = prosa_webhook_endpoint.transcripts.ssl_verification
  }
}
