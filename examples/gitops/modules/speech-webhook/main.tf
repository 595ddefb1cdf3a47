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

# The gate: an apply that makes or changes the endpoint, or rotates its key, fails unless the receiver answers a test event
# with 2xx.
resource "prosa_webhook_test_event" "this" {
  endpoint_id = prosa_webhook_endpoint.this.id
  timeout     = var.answer_within
  triggers    = { secret_version = prosa_webhook_secret_rotation.this.secret_version }

  lifecycle {
    replace_triggered_by = [prosa_webhook_endpoint.this]
  }
}

# Outside of the check: a data source within one is read by every apply, so that no plan would be without changes.
data "prosa_webhook_deliveries" "recent" {
  endpoint_id = prosa_webhook_endpoint.this.id
  from_date   = formatdate("YYYY-MM-DD", timeadd(plantimestamp(), "-24h"))
  failed_only = true
  limit       = 1
}

# A warning in every plan and apply while deliveries fail. It stops nothing.
check "deliveries" {
  assert {
    condition = data.prosa_webhook_deliveries.recent.failed_count == 0
    error_message = format("%s did not accept %d of %d deliveries since yesterday.",
      var.url, data.prosa_webhook_deliveries.recent.failed_count, data.prosa_webhook_deliveries.recent.total_count,
    )
  }
}
