terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

provider "prosa" {}

resource "prosa_webhook_endpoint" "transcripts" {
  url           = "https://speech.example.com/prosa-webhook"
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"]
}

# Deliveries of today and the last three days (UTC), without bodies and without test events.
data "prosa_webhook_deliveries" "transcripts" {
  endpoint_id = prosa_webhook_endpoint.transcripts.id
  event_types = prosa_webhook_endpoint.transcripts.event_filters
  from_date   = formatdate("YYYY-MM-DD", timeadd(plantimestamp(), "-72h"))
}

locals {
  deliveries = data.prosa_webhook_deliveries.transcripts

  # A failed delivery stays in the list after a replay, so compare events: did any delivery of the event succeed?
  arrived = toset([for delivery in local.deliveries.deliveries : delivery.event_id if delivery.succeeded])
  failed  = toset([for delivery in local.deliveries.deliveries : delivery.event_id if !delivery.succeeded])
  missing = setsubtract(local.failed, local.arrived)
}

check "every_event_arrives" {
  assert {
    condition = length(local.missing) == 0
    error_message = format("%d events did not arrive. %d of %d deliveries failed. Last success: %s.",
      length(local.missing), local.deliveries.failed_count, local.deliveries.total_count,
      coalesce(local.deliveries.last_success_at, "none"),
    )
  }
}

# For an endpoint that receives events every day: also warns if Prosa sends nothing.
check "something_arrives_every_day" {
  assert {
    condition     = try(timecmp(local.deliveries.last_success_at, timeadd(plantimestamp(), "-24h")) > 0, false)
    error_message = "No delivery has succeeded in the last 24 hours."
  }
}
