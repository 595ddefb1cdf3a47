terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

provider "prosa" {}

variable "endpoints" {
  type = map(object({
    event_filters    = set(string)
    ssl_verification = bool
  }))
  description = "The endpoints, by URL."
}

import {
  for_each = var.endpoints
  to       = prosa_webhook_endpoint.all[each.key]
  id       = each.key
}

resource "prosa_webhook_endpoint" "all" {
  for_each = var.endpoints

  url              = each.key
  event_filters    = each.value.event_filters
  ssl_verification = each.value.ssl_verification
}
