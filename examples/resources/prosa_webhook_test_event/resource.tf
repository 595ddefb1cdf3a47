resource "prosa_webhook_endpoint" "transcripts" {
  url           = "https://speech.example.com/prosa-webhook"
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"]
}

# The apply fails when the receiver does not answer the test event with 2xx.
resource "prosa_webhook_test_event" "transcripts" {
  endpoint_id = prosa_webhook_endpoint.transcripts.id
  timeout     = "30s"

  # Sent after the endpoint is created, and again after each of its updates.
  triggers = {
    url              = prosa_webhook_endpoint.transcripts.url
    event_filters    = join(" ", prosa_webhook_endpoint.transcripts.event_filters)
    ssl_verification = prosa_webhook_endpoint.transcripts.ssl_verification
  }
}
