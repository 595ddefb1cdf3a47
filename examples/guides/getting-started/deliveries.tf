# What was sent to the endpoint since yesterday (in UTC), newest first.
data "prosa_webhook_deliveries" "stt" {
  provider    = prosa.stt
  endpoint_id = module.webhooks.stt_endpoint_id
  from_date   = formatdate("YYYY-MM-DD", timeadd(plantimestamp(), "-24h"))
}

output "deliveries" {
  value = [
    for delivery in data.prosa_webhook_deliveries.stt.deliveries :
    "${delivery.event_type} ${coalesce(delivery.response_status, "without an answer")}"
  ]
}
