terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

provider "prosa" {} # uses PROSA_BASE_URL and PROSA_API_KEY

resource "prosa_webhook_endpoint" "transcripts" {
  url           = "https://speech.example.com/prosa-webhook"
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"]
}

resource "prosa_webhook_secret_rotation" "transcripts" {
  endpoint_id     = prosa_webhook_endpoint.transcripts.id
  rotation_period = { days = 3 }
}
