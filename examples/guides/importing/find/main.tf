terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

provider "prosa" {}

data "prosa_webhook_endpoints" "all" {}

locals {
  by_url = { for endpoint in data.prosa_webhook_endpoints.all.endpoints : endpoint.url => endpoint... }
}

# The value of var.endpoints in all/main.tf.
output "found" {
  value = {
    endpoints = {
      for url, same in local.by_url : url => {
        event_filters    = same[0].event_filters
        ssl_verification = same[0].ssl_verification
      } if length(same) == 1
    }
  }
}

# Events arrive at these URLs more than once. Decide which endpoint to keep.
output "registered_more_than_once" {
  value = { for url, same in local.by_url : url => same[*].id if length(same) > 1 }
}
