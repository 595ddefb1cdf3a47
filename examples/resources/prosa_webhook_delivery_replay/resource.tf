variable "delivery_id" {
  type        = string
  description = "The id of the delivery, as the data source prosa_webhook_deliveries lists it."
}

resource "prosa_webhook_delivery_replay" "transcript" {
  delivery_id = var.delivery_id
  triggers    = { reason = "the receiver lost it" } # change it to replay the delivery again
}
