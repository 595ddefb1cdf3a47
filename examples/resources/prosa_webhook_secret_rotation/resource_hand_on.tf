variable "endpoint_id" {
  type        = string
  description = "The id of the endpoint, such as prosa_webhook_endpoint.transcripts.id."
}

resource "prosa_webhook_secret_rotation" "transcripts" {
  endpoint_id      = var.endpoint_id
  rotation_period  = { days = 3 }
  rotate_every     = { days = 90 }
  rotate_on_create = false # start from the key that the receiver has
  store_secrets    = true  # puts the newest key into this state
}

# For whatever tells the receiver its key: the version changes with each new key.
output "signing_key" {
  value     = prosa_webhook_secret_rotation.transcripts.secret_key
  sensitive = true
}

output "signing_key_version" {
  value = prosa_webhook_secret_rotation.transcripts.secret_version
}
