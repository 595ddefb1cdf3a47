variable "endpoint_id" {
  type        = string
  description = "The id of the endpoint, such as prosa_webhook_endpoint.transcripts.id."
}

resource "prosa_webhook_secret_rotation" "transcripts" {
  endpoint_id      = var.endpoint_id
  rotation_period  = { days = 3 }
  rotate_every     = { days = 90 }
  rotate_on_create = false # keep the key that the receiver has until the first rotation
  store_secrets    = true  # stores the newest key in this state
}

# Pass these to the resource that stores the key for the receiver. The version changes with each new key.
output "signing_key" {
  value     = prosa_webhook_secret_rotation.transcripts.secret_key
  sensitive = true
}

output "signing_key_version" {
  value = prosa_webhook_secret_rotation.transcripts.secret_version
}
