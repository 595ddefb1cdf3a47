# Each endpoint violates a policy; expected.json has the messages.
terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

resource "terraform_data" "path" {
  input = "prosa-webhook"
}

resource "prosa_webhook_endpoint" "certificate" {
  url              = "https://speech.example.com/certificate"
  ssl_verification = false
}

resource "prosa_webhook_endpoint" "stored" {
  url           = "https://speech.example.com/stored"
  store_secrets = true
}

resource "prosa_webhook_endpoint" "key" {
  url        = "https://speech.example.com/key"
  secret_key = "a-signing-key-in-the-configuration"
}

resource "prosa_webhook_endpoint" "elsewhere" {
  url = "https://speech.example.com.example.net/elsewhere"
}

resource "prosa_webhook_endpoint" "late" {
  url = "https://speech.example.com/${terraform_data.path.output}"
}

resource "prosa_webhook_secret_rotation" "each" {
  for_each = {
    certificate = prosa_webhook_endpoint.certificate.id
    stored      = prosa_webhook_endpoint.stored.id
    key         = prosa_webhook_endpoint.key.id
    elsewhere   = prosa_webhook_endpoint.elsewhere.id
    late        = prosa_webhook_endpoint.late.id
  }
  endpoint_id     = each.value
  rotation_period = { days = 3 }
  rotate_every    = { days = 90 }
  store_secrets   = each.key == "stored"
}

resource "prosa_webhook_endpoint" "never_rotated" {
  url = "https://speech.example.com/never-rotated"
}

resource "prosa_webhook_secret_rotation" "without_schedule" {
  endpoint_id     = prosa_webhook_endpoint.never_rotated.id
  rotation_period = { days = 3 }
}

# The rotation of an endpoint with this name is in another module.
module "nested" {
  source = "./nested"
}
