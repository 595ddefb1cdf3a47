# Replays once when Terraform creates this resource, and again when triggers change.
resource "prosa_webhook_failed_deliveries_replay" "transcripts" {
  endpoint_id = prosa_webhook_endpoint.transcripts.id
  triggers    = { outage = "2026-11-20" }
}

output "replayed" {
  value = prosa_webhook_failed_deliveries_replay.transcripts.replayed_count
}
