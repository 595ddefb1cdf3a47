# Terraform 1.14 and later.

# terraform query -generate-config-out=endpoints.tf
list "prosa_webhook_endpoint" "transcripts" {
  provider = prosa
  limit    = 50

  config {
    url_regex  = "^https://speech\\.example\\.com/"
    event_type = "stt.jobs.completed"
  }
}
