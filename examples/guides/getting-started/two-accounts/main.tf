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

variable "receiver_url" {
  type        = string
  description = "The base URL of the receiver, without a trailing slash."
}

provider "prosa" {
  alias   = "stt"
  api_key = var.stt_api_key
}

provider "prosa" {
  alias   = "tts"
  api_key = var.tts_api_key
}

module "webhooks" {
  source            = "./modules/speech-webhooks"
  receiver_url      = var.receiver_url
  stt_event_filters = ["stt.jobs.completed", "stt.jobs.failed"]
  tts_event_filters = ["tts.job.completed", "tts.job.failed"]

  providers = {
    prosa.stt = prosa.stt
    prosa.tts = prosa.tts
  }
}
