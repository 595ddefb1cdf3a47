output "missing" {
  value = [
    for delivery in local.deliveries.deliveries : {
      delivery_id = delivery.delivery_id
      event_type  = delivery.event_type
      at          = delivery.delivered_at
      status      = delivery.response_status # null: no response
    } if contains(local.missing, delivery.event_id)
  ]
}
