# Terraform 1.14 and later.

variable "delivery_id" {
  type        = string
  description = "The id of the delivery, as the data source prosa_webhook_deliveries lists it."
}

# To replay a delivery by hand, run:
#   terraform apply -invoke=action.prosa_webhook_replay_delivery.transcript -var delivery_id=…
action "prosa_webhook_replay_delivery" "transcript" {
  config {
    delivery_id = var.delivery_id
  }
}
