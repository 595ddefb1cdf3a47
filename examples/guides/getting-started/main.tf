terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

# Uses PROSA_API_KEY.
provider "prosa" {}

resource "prosa_webhook_endpoint" "transcripts" {
  url           = "https://speech.example.com/transcripts" # the URL of your receiver
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"]
}
