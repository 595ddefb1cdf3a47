terraform {
  required_providers {
    prosa = {
      source = "prosa-ai/prosa"
    }
    restapi = {
      source = "mastercard/restapi" # until the move is applied
    }
  }
}

variable "prosa_api_key" {
  type      = string
  sensitive = true
}

provider "prosa" {
  api_key = var.prosa_api_key
}

resource "prosa_webhook_endpoint" "transcripts" {
  url           = "https://speech.example.com/prosa-webhook"
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"]
}

moved {
  from = restapi_object.transcripts
  to   = prosa_webhook_endpoint.transcripts
}
