terraform {
  required_providers {
    prosa = {
      source = "prosa-ai/prosa"
    }
  }
}

data "prosa_webhook_endpoint" "stt" {
  url             = "https://example.com/prosa-webhook"
  include_secrets = true
}

output "signing_keys" {
  value     = data.prosa_webhook_endpoint.stt.secrets[*].key # newest first
  sensitive = true
}
