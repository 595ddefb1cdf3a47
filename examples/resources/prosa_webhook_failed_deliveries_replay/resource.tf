variable "endpoint_id" {
  type        = string
  description = "The id of the endpoint, such as prosa_webhook_endpoint.transcripts.id."
}

resource "prosa_webhook_failed_deliveries_replay" "outage" {
  endpoint_id = var.endpoint_id
  triggers    = { outage = "2026-11-20" } # change it to replay again after the next outage
}

output "replayed" {
  value = prosa_webhook_failed_deliveries_replay.outage.replayed_count
}
