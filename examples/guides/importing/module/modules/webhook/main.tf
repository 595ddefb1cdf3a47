terraform {
  required_version = ">= 1.16"

  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

variable "url" {
  type = string
}

variable "event_filters" {
  type    = set(string)
  default = []
}

import {
  to = prosa_webhook_endpoint.this
  id = var.url
}

resource "prosa_webhook_endpoint" "this" {
  url           = var.url
  event_filters = var.event_filters
}
