resource "prosa_webhook_endpoint" "transcripts" {
  url = "https://speech.example.com/prosa-webhook"
}

# The apply fails when the receiver does not answer the test event with 2xx.
resource "prosa_webhook_test_event" "transcripts" {
  endpoint_id = prosa_webhook_endpoint.transcripts.id
  timeout     = "30s"

  # Send it again whenever the endpoint is another one, or is called at another URL.
  triggers = { url = prosa_webhook_endpoint.transcripts.url }
}
