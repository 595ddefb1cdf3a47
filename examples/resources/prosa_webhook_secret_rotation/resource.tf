resource "prosa_webhook_endpoint" "transcripts" {
  url = "https://speech.example.com/prosa-webhook"
}

# A new signing key every 90 days. For three days the old one works as well, so that the receiver has time to learn it.
resource "prosa_webhook_secret_rotation" "transcripts" {
  endpoint_id     = prosa_webhook_endpoint.transcripts.id
  rotation_period = { days = 3 }
  rotate_every    = { days = 90 }

  # Change a value to rotate with the next apply, whatever the schedule says.
  rotate_when_changed = { reason = "first key" }
}

output "next_rotation_at" {
  value = prosa_webhook_secret_rotation.transcripts.next_rotation_at
}
