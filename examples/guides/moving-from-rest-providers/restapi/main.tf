terraform {
  required_providers {
    restapi = {
      source = "mastercard/restapi"
    }
  }
}

variable "prosa_api_key" {
  type      = string
  sensitive = true
}

provider "restapi" {
  uri                  = "https://api.prosa.ai/v2/speech"
  write_returns_object = true
  headers              = { "x-api-key" = var.prosa_api_key }
}

resource "restapi_object" "transcripts" {
  path                    = "/webhooks/endpoints"
  ignore_server_additions = true # the id and the keys
  data = jsonencode({
    url              = "https://speech.example.com/prosa-webhook"
    event_filters    = ["stt.jobs.completed", "stt.jobs.failed"]
    ssl_verification = true
  })
}
