terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

provider "prosa" {}

variable "receiver_url" {
  type    = string
  default = "http://127.0.0.1:8000/prosa-webhook"
}

# For testing with a sandbox: secret_key is stored in state. Without it, Prosa generates a key.
resource "prosa_webhook_endpoint" "transcripts" {
  url        = var.receiver_url
  secret_key = "a-signing-key-for-trying-things-out"
}

# The apply fails unless the receiver responds to the test event with 2xx.
resource "prosa_webhook_test_event" "transcripts" {
  endpoint_id = prosa_webhook_endpoint.transcripts.id
  timeout     = "10s"
}
