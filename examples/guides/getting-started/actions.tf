# Terraform 1.14 and later.

action "prosa_webhook_send_test_event" "transcripts" {
  config {
    endpoint_id = prosa_webhook_endpoint.transcripts.id
    timeout     = "30s"
  }
}
