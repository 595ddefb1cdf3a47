resource "prosa_webhook_secret_rotation" "transcripts" {
  endpoint_id         = prosa_webhook_endpoint.transcripts.id
  rotation_period     = { days = 3 }
  rotate_every        = { days = 90 }
  rotate_when_changed = { reason = "imported" }
  rotate_on_create    = false
}
