resource "prosa_webhook_secret_rotation" "transcripts" {
  endpoint_id         = prosa_webhook_endpoint.transcripts.id
  rotation_period     = { hours = 0 } # older keys stop immediately
  rotate_every        = { days = 90 }
  rotate_when_changed = { reason = "the key was in a log" }
  rotate_on_create    = false
}
