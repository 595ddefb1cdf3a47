terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

variable "url" {
  type        = string
  description = "The URL of the receiver."
}

variable "rotation" {
  type        = string
  default     = "1"
  description = "Change it to rotate the signing key."
}

resource "prosa_webhook_endpoint" "transcripts" {
  url           = var.url
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"]
}

resource "prosa_webhook_secret_rotation" "transcripts" {
  endpoint_id         = prosa_webhook_endpoint.transcripts.id
  rotate_on_create    = false # start with the first key of the endpoint
  rotation_period     = { days = 3 }
  rotate_when_changed = { rotation = var.rotation }
}

output "endpoint_id" {
  value = prosa_webhook_endpoint.transcripts.id
}

output "previous_key_expires_at" {
  value = prosa_webhook_secret_rotation.transcripts.previous_secrets_expire_at
}
