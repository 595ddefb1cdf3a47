terraform {
  required_providers {
    prosa = {
      source = "prosa-ai/prosa"
    }
    restful = {
      source = "magodo/restful" # until the move is applied
    }
  }
}

variable "prosa_api_key" {
  type      = string
  sensitive = true
}

variable "signing_key" {
  type      = string
  sensitive = true
}

provider "prosa" {
  api_key = var.prosa_api_key
}

resource "prosa_webhook_endpoint" "transcripts" {
  url        = "https://speech.example.com/prosa-webhook"
  secret_key = var.signing_key # stored in state
}

moved {
  from = restful_resource.transcripts
  to   = prosa_webhook_endpoint.transcripts
}
