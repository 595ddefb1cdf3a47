terraform {
  required_providers {
    prosa = {
      source = "prosa-ai/prosa"
    }
  }
}

variable "url" {
  type = string
}

data "prosa_webhook_endpoint" "registered" {
  url = var.url
}

output "endpoint" {
  value = data.prosa_webhook_endpoint.registered
}
