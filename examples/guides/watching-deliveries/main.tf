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

# What was delivered on the last three days and today, without bodies and without test events.
data "prosa_webhook_deliveries" "transcripts" {
  endpoint_id = prosa_webhook_endpoint.transcripts.id
  event_types = prosa_webhook_endpoint.transcripts.event_filters
  from_date   = formatdate("YYYY-MM-DD", timeadd(plantimestamp(), "-72h"))
}

locals {
  deliveries = data.prosa_webhook_deliveries.transcripts

  # A delivery that failed stays on the list when its event is sent again. What counts is whether the event has arrived since.
  arrived = toset([for delivery in local.deliveries.deliveries : delivery.event_id if delivery.succeeded])
  failed  = toset([for delivery in local.deliveries.deliveries : delivery.event_id if !delivery.succeeded])
  missing = setsubtract(local.failed, local.arrived)
}

check "every_event_arrives" {
  assert {
    condition = length(local.missing) == 0
    error_message = format("%d events have not arrived. %d of %d deliveries failed; the last that did not was at %s.",
      length(local.missing), local.deliveries.failed_count, local.deliveries.total_count,
      coalesce(local.deliveries.last_success_at, "no time at all"),
    )
  }
}

# For an endpoint that has something to do every day: silence is a fault as well.
check "something_arrives_every_day" {
  assert {
    condition = local.deliveries.total_count == 0 || try(
      timecmp(local.deliveries.last_success_at, timeadd(plantimestamp(), "-24h")) > 0, false
    )
    error_message = "Nothing has arrived for a day, or longer."
  }
}
