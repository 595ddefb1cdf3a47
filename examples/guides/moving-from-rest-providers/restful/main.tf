terraform {
  required_providers {
    restful = {
      source = "magodo/restful"
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

provider "restful" {
  base_url = "https://api.prosa.ai/v2/speech"
  security = {
    apikey = [{ in = "header", name = "x-api-key", value = var.prosa_api_key }]
  }
}

resource "restful_resource" "transcripts" {
  path      = "/webhooks/endpoints"
  read_path = "$(path)/$(body.id)"
  body = {
    url              = "https://speech.example.com/prosa-webhook"
    event_filters    = []
    ssl_verification = true
    secret_key       = var.signing_key
  }
  write_only_attrs = ["secret_key"]
}
