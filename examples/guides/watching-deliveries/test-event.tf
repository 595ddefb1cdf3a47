# The apply fails if the receiver does not respond with 2xx within the timeout.
resource "prosa_webhook_test_event" "transcripts" {
  endpoint_id = prosa_webhook_endpoint.transcripts.id
  timeout     = "30s"
}
