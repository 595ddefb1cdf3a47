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
  description = "The host name of the receivers."
}

variable "services" {
  type        = map(set(string))
  description = "The event types of each service."

  validation {
    condition     = alltrue([for types in values(var.services) : length(types) > 0])
    error_message = "Each service needs at least one event type: an empty set subscribes to all of them."
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
