# Terraform 1.14 and later.

action "prosa_webhook_replay_failed_deliveries" "transcripts" {
  config {
    endpoint_id = prosa_webhook_endpoint.transcripts.id
  }
}
