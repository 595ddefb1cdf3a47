# The apply fails when the receiver does not answer with 2xx in time.
resource "prosa_webhook_test_event" "transcripts" {
  endpoint_id = prosa_webhook_endpoint.transcripts.id
  timeout     = "30s"
}
