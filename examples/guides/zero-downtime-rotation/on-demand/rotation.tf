resource "prosa_webhook_secret_rotation" "transcripts" {
  endpoint_id         = prosa_webhook_endpoint.transcripts.id
  rotation_period     = { days = 3 }
  rotate_every        = { days = 90 }
  rotate_when_changed = { reason = "someone who knew the key has left" }
  rotate_on_create    = false
}
