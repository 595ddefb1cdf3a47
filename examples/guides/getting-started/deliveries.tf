# Deliveries since yesterday (UTC), newest first.
data "prosa_webhook_deliveries" "transcripts" {
  endpoint_id = prosa_webhook_endpoint.transcripts.id
  from_date   = formatdate("YYYY-MM-DD", timeadd(plantimestamp(), "-24h"))
}

output "deliveries" {
  value = [
    for delivery in data.prosa_webhook_deliveries.transcripts.deliveries :
    "${delivery.event_type} ${coalesce(delivery.response_status, "no response")}"
  ]
}
