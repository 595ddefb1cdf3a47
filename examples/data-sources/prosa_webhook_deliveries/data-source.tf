variable "endpoint_id" {
  type        = string
  description = "The id of the endpoint, such as prosa_webhook_endpoint.transcripts.id."
}

# The newest failed deliveries since yesterday (UTC).
data "prosa_webhook_deliveries" "failed" {
  endpoint_id = var.endpoint_id
  from_date   = formatdate("YYYY-MM-DD", timeadd(plantimestamp(), "-24h"))
  failed_only = true
  limit       = 10
}

output "failed_deliveries" {
  value = [
    for delivery in data.prosa_webhook_deliveries.failed.deliveries : {
      id     = delivery.delivery_id
      at     = delivery.delivered_at
      status = delivery.response_status # null: no response
    }
  ]
}

# Warns in every plan and apply if a delivery has failed since yesterday (UTC).
check "webhooks_arrive" {
  assert {
    condition = data.prosa_webhook_deliveries.failed.failed_count == 0
    error_message = format("%d of %d deliveries failed since yesterday. Last success: %s.",
      data.prosa_webhook_deliveries.failed.failed_count,
      data.prosa_webhook_deliveries.failed.total_count,
      coalesce(data.prosa_webhook_deliveries.failed.last_success_at, "none"),
    )
  }
}
