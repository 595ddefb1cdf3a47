# Terraform 1.14 and later.

list "prosa_webhook_endpoint" "transcripts" {
  provider = prosa
  limit    = 1000 # Terraform stops at 100 by default

  config {
    event_type = "stt.jobs.completed"
  }
}
