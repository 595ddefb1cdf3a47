resource "prosa_webhook_test_event" "stt" {
  endpoint_id = prosa_webhook_endpoint.stt.id
  triggers    = { key = prosa_webhook_secret_rotation.stt.secret_version } # send another one after each rotation
}
