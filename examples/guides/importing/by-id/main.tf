# Terraform 1.12 and later, OpenTofu 1.12 and later.

terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

provider "prosa" {}

import {
  to = prosa_webhook_endpoint.every_event
  identity = {
    id = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
  }
}

resource "prosa_webhook_endpoint" "every_event" {
  url = "https://speech.example.com/twice"
}
