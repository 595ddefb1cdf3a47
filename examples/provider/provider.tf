terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

variable "stt_api_key" {
  type        = string
  sensitive   = true
  description = "The API key for speech-to-text."
}

variable "tts_api_key" {
  type        = string
  sensitive   = true
  description = "The API key for text-to-speech."
}

# Speech-to-text. Resources without a provider argument use this configuration.
provider "prosa" {
  api_key = var.stt_api_key
}

# Text-to-speech has its own API key.
provider "prosa" {
  alias   = "tts"
  api_key = var.tts_api_key
}

resource "prosa_webhook_endpoint" "transcripts" {
  url           = "https://speech.example.com/transcripts"
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"]
}

resource "prosa_webhook_endpoint" "recordings" {
  provider      = prosa.tts
  url           = "https://speech.example.com/recordings"
  event_filters = ["tts.job.completed", "tts.job.failed"]
}
