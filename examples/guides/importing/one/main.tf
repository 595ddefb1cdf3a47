terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

provider "prosa" {}

import {
  to = prosa_webhook_endpoint.transcripts
  id = "https://speech.example.com/prosa-webhook"
}

resource "prosa_webhook_endpoint" "transcripts" {
  url           = "https://speech.example.com/prosa-webhook"
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"]
}
