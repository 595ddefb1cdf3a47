# Prosa sends the endpoint a test event. The apply fails unless the receiver responds with a 2xx status.
resource "prosa_webhook_test_event" "transcripts" {
  endpoint_id = prosa_webhook_endpoint.transcripts.id
  timeout     = "30s"
  triggers    = { url = prosa_webhook_endpoint.transcripts.url } # a change sends another test event
}

output "response_status" {
  value = prosa_webhook_test_event.transcripts.response_status
}
