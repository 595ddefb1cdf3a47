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
  rotation_period     = { days = 3 } # how long the old key stays valid
  rotate_on_create    = false        # keep the key that the endpoint was created with
  rotate_when_changed = { reason = "none yet" }
}
