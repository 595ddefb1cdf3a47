# Terraform 1.14 and later.

action "prosa_webhook_send_test_event" "stt" {
  provider = prosa.stt
  config {
    endpoint_id = module.webhooks.stt_endpoint_id
    timeout     = "30s"
  }
}
