terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

provider "prosa" {}

variable "receiver_url" {
  type        = string
  description = "The URL of an endpoint that exists already."
}

import {
  to = prosa_webhook_endpoint.transcripts
  id = var.receiver_url
}

resource "prosa_webhook_endpoint" "transcripts" {
  url           = var.receiver_url
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"] # as in Prosa; omit this if the endpoint has none
}

# Sends a test event after each rotation. The apply fails if the receiver rejects it.
resource "prosa_webhook_test_event" "transcripts" {
  endpoint_id = prosa_webhook_secret_rotation.transcripts.id
  triggers    = { key = prosa_webhook_secret_rotation.transcripts.secret_id }
}

check "signing_key" {
  assert {
    condition     = prosa_webhook_secret_rotation.transcripts.active
    error_message = "The key of the last rotation is no longer active, because another user or process rotated it. Rotate again."
  }
}

output "next_rotation_at" {
  value = prosa_webhook_secret_rotation.transcripts.next_rotation_at
}

output "older_keys_work_until" {
  value = prosa_webhook_secret_rotation.transcripts.previous_secrets_expire_at
}
