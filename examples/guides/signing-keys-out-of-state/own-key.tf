terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

provider "prosa" {}

variable "signing_key" {
  type        = string
  ephemeral   = true
  sensitive   = true
  description = "The key that the receiver already has."
}

resource "prosa_webhook_endpoint" "transcripts" {
  url                   = "https://speech.example.com/prosa-webhook"
  secret_key_wo         = var.signing_key
  secret_key_wo_version = 1 # change it to apply a changed key; this replaces the endpoint
}
