# Prosa sends each endpoint a test event. The apply fails when the receiver does not answer it with 2xx.
resource "prosa_webhook_test_event" "stt" {
  provider    = prosa.stt
  endpoint_id = module.webhooks.stt_endpoint_id
  timeout     = "30s"
  triggers    = { receiver = var.receiver_url } # when this changes, it is sent again
}

resource "prosa_webhook_test_event" "tts" {
  provider    = prosa.tts
  endpoint_id = module.webhooks.tts_endpoint_id
  timeout     = "30s"
  triggers    = { receiver = var.receiver_url }
}

output "receiver_answered" {
  value = {
    stt = prosa_webhook_test_event.stt.response_status
    tts = prosa_webhook_test_event.tts.response_status
  }
}
