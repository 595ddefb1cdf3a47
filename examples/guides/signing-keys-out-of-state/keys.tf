provider "prosa" {}

variable "rotation" {
  type        = string
  default     = "first key"
  description = "Change it to rotate the key with the next apply."
}

resource "prosa_webhook_endpoint" "transcripts" {
  url = "https://speech.example.com/prosa-webhook"
}

resource "prosa_webhook_secret_rotation" "transcripts" {
  endpoint_id         = prosa_webhook_endpoint.transcripts.id
  rotation_period     = { days = 3 }
  rotate_every        = { days = 90 }
  rotate_when_changed = { rotation = var.rotation }
  rotate_on_create    = false # the key that a new endpoint has is new enough
}

# Named by way of the rotation, the keys are read after it.
ephemeral "prosa_webhook_endpoint_secrets" "transcripts" {
  endpoint_id = prosa_webhook_secret_rotation.transcripts.id
}
