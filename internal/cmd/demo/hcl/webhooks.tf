terraform {
  required_providers {
    prosa = {
      source = "prosa-ai/prosa"
    }
  }
}

resource "prosa_webhook_endpoint" "stt" {
  url           = "https://example.com/prosa-webhook"
  event_filters = ["stt.jobs.completed"]
}

resource "prosa_webhook_secret_rotation" "stt" {
  endpoint_id         = prosa_webhook_endpoint.stt.id
  rotation_period     = { days = 3 } # for so long the old key works beside the new one
  rotate_on_create    = false        # start from the key that the endpoint was made with
  rotate_when_changed = { reason = "none yet" }
}
