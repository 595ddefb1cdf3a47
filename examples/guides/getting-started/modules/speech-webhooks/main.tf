terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"

      # Whoever uses this module hands over one provider for each account.
      configuration_aliases = [prosa.stt, prosa.tts]
    }
  }
}

variable "receiver_url" {
  type        = string
  description = "Where the receiver is, without a slash at the end."
}

variable "stt_event_filters" {
  type        = set(string)
  default     = []
  description = "The event types of speech-to-text that are sent. Empty: all of them."
}

variable "tts_event_filters" {
  type        = set(string)
  default     = []
  description = "The event types of text-to-speech that are sent. Empty: all of them."
}

resource "prosa_webhook_endpoint" "stt" {
  provider      = prosa.stt
  url           = "${var.receiver_url}/transcripts"
  event_filters = var.stt_event_filters
}

resource "prosa_webhook_endpoint" "tts" {
  provider      = prosa.tts
  url           = "${var.receiver_url}/recordings"
  event_filters = var.tts_event_filters
}

output "stt_endpoint_id" {
  value = prosa_webhook_endpoint.stt.id
}

output "tts_endpoint_id" {
  value = prosa_webhook_endpoint.tts.id
}
