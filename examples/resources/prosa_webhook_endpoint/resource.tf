# Prosa calls this URL whenever a transcription is done or has failed.
resource "prosa_webhook_endpoint" "transcripts" {
  url           = "https://speech.example.com/prosa-webhook"
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"]
}

# For other configurations, such as the receiver's, that ask for the endpoint's keys or deliveries.
output "endpoint_id" {
  value = prosa_webhook_endpoint.transcripts.id
}
