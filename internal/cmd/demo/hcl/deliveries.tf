data "prosa_webhook_deliveries" "stt" {
  endpoint_id = prosa_webhook_endpoint.stt.id
}

check "receiver" {
  assert {
    condition     = data.prosa_webhook_deliveries.stt.failed_count == 0
    error_message = "The receiver does not accept what Prosa sends."
  }
}

output "deliveries" {
  value = {
    total  = data.prosa_webhook_deliveries.stt.total_count
    failed = data.prosa_webhook_deliveries.stt.failed_count
    types  = distinct(data.prosa_webhook_deliveries.stt.deliveries[*].event_type)
  }
}
