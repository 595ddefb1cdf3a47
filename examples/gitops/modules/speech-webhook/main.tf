terraform {
  required_version = ">= 1.8"

  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

resource "prosa_webhook_endpoint" "this" {
  url           = var.url
  event_filters = var.event_filters
}

resource "prosa_webhook_secret_rotation" "this" {
  endpoint_id     = prosa_webhook_endpoint.this.id
  rotation_period = { days = var.overlap_days }
  rotate_every    = { days = var.rotate_every_days }
}

# Sends a test event when the endpoint is created or changed, and when its key is rotated. The apply fails unless the receiver
# responds with 2xx.
resource "prosa_webhook_test_event" "this" {
  count = var.send_test_event ? 1 : 0

  endpoint_id = prosa_webhook_endpoint.this.id
  timeout     = var.answer_within
  triggers    = { secret_version = prosa_webhook_secret_rotation.this.secret_version }

  lifecycle {
    replace_triggered_by = [prosa_webhook_endpoint.this]
  }
}

# Not inside the check: every apply reads a data source there, so every plan would show a change.
data "prosa_webhook_deliveries" "recent" {
  endpoint_id = prosa_webhook_endpoint.this.id
  from_date   = formatdate("YYYY-MM-DD", timeadd(plantimestamp(), "-24h"))
  failed_only = true
  limit       = 1
}

# Warns in every plan and apply until a day after the last failure, even after a successful replay.
check "deliveries" {
  assert {
    condition = data.prosa_webhook_deliveries.recent.failed_count == 0
    error_message = format("%s did not accept %d of %d deliveries since yesterday.",
      var.url, data.prosa_webhook_deliveries.recent.failed_count, data.prosa_webhook_deliveries.recent.total_count,
    )
  }
}
