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
  description = "The URL of the endpoint, which Prosa has already."
}

import {
  to = prosa_webhook_endpoint.transcripts
  id = var.receiver_url
}

resource "prosa_webhook_endpoint" "transcripts" {
  url           = var.receiver_url
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"] # those that it has; leave them out if it has none
}

# After each rotation the receiver is asked: the apply fails when it does not accept what is signed now.
resource "prosa_webhook_test_event" "transcripts" {
  endpoint_id = prosa_webhook_secret_rotation.transcripts.id
  triggers    = { key = prosa_webhook_secret_rotation.transcripts.secret_id }
}

check "signing_key" {
  assert {
    condition     = prosa_webhook_secret_rotation.transcripts.active
    error_message = "Somebody else has rotated the key, and the one that Terraform made is gone. Rotate once more."
  }
}

output "next_rotation_at" {
  value = prosa_webhook_secret_rotation.transcripts.next_rotation_at
}

output "older_keys_work_until" {
  value = prosa_webhook_secret_rotation.transcripts.previous_secrets_expire_at
}
