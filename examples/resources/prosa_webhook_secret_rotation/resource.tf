resource "prosa_webhook_endpoint" "transcripts" {
  url = "https://speech.example.com/prosa-webhook"
}

# Rotates the signing key every 90 days. The old key stays valid for three days, so the receiver has time to load the new one.
resource "prosa_webhook_secret_rotation" "transcripts" {
  endpoint_id     = prosa_webhook_endpoint.transcripts.id
  rotation_period = { days = 3 }
  rotate_every    = { days = 90 }

  # Change a value to rotate in the next apply, independent of the schedule.
  rotate_when_changed = { reason = "first key" }
}

output "next_rotation_at" {
  value = prosa_webhook_secret_rotation.transcripts.next_rotation_at
}
