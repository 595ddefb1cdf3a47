provider "prosa" {}

variable "rotation" {
  type        = string
  default     = "first key"
  description = "Change it to rotate the key."
}

resource "prosa_webhook_endpoint" "transcripts" {
  url = "https://speech.example.com/prosa-webhook"
}

resource "prosa_webhook_secret_rotation" "transcripts" {
  endpoint_id         = prosa_webhook_endpoint.transcripts.id
  rotation_period     = { days = 3 }
  rotate_every        = { days = 90 }
  rotate_when_changed = { rotation = var.rotation }
  rotate_on_create    = false # a new endpoint already has a new key
}

# This reference makes Terraform read the keys after the rotation.
ephemeral "prosa_webhook_endpoint_secrets" "transcripts" {
  endpoint_id = prosa_webhook_secret_rotation.transcripts.id
}
