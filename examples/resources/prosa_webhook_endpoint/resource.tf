# Prosa calls this URL when a transcription succeeds or fails.
resource "prosa_webhook_endpoint" "transcripts" {
  url           = "https://speech.example.com/prosa-webhook"
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"]
}

# Other configurations need the id to read the endpoint's keys or deliveries.
output "endpoint_id" {
  value = prosa_webhook_endpoint.transcripts.id
}
