terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

variable "host" {
  type        = string
  description = "The host of the receivers."
}

variable "services" {
  type        = map(set(string))
  description = "The event types that each service is sent."

  validation {
    condition     = alltrue([for types in values(var.services) : length(types) > 0])
    error_message = "Name the event types of each service: none at all would mean every type."
  }
}

resource "prosa_webhook_endpoint" "service" {
  for_each = var.services

  url           = "https://${var.host}/${each.key}/prosa-webhook"
  event_filters = each.value
}

resource "prosa_webhook_secret_rotation" "service" {
  for_each = prosa_webhook_endpoint.service

  endpoint_id     = each.value.id
  rotation_period = { days = 3 }
  rotate_every    = { days = 90 }
}

output "endpoint_ids" {
  value = { for name, endpoint in prosa_webhook_endpoint.service : name => endpoint.id }
}
