terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"

      # The caller passes one provider configuration for each account.
      configuration_aliases = [prosa.stt, prosa.tts]
    }
  }
}

variable "receiver_url" {
  type        = string
  description = "The base URL of the receiver, without a trailing slash."
}

variable "stt_event_filters" {
  type        = set(string)
  default     = []
  description = "The event types of speech-to-text to send. Empty means every type."
}

variable "tts_event_filters" {
  type        = set(string)
  default     = []
  description = "The event types of text-to-speech to send. Empty means every type."
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
