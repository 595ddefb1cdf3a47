# Nothing here violates a policy.
terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

locals {
  services = toset(["billing", "search"])
}

resource "prosa_webhook_endpoint" "one" {
  url = "https://speech.example.com:8443/prosa-webhook"
}

resource "prosa_webhook_secret_rotation" "one" {
  endpoint_id     = prosa_webhook_endpoint.one.id
  rotation_period = { days = 3 }
  rotate_every    = { days = 90 }
}

resource "prosa_webhook_endpoint" "several" {
  for_each = local.services
  url      = "https://${each.key}.speech.example.com/prosa-webhook"
}

resource "prosa_webhook_secret_rotation" "several" {
  for_each        = prosa_webhook_endpoint.several
  endpoint_id     = each.value.id
  rotation_period = { days = 3 }
  rotate_every    = { days = 90 }
}

module "transcripts" {
  source   = "../../../gitops/modules/speech-webhook"
  for_each = toset(["a", "b.c"])

  url = "https://speech.example.com/${each.key}"
}
