# The jobs that failed since yesterday (UTC).
data "prosa_webhook_events" "failed" {
  from_date   = formatdate("YYYY-MM-DD", timeadd(plantimestamp(), "-24h"))
  event_types = ["stt.jobs.failed", "stt.job.failed"]
  limit       = 20
}

output "failed_jobs" {
  value = data.prosa_webhook_events.failed.total_count # not affected by the limit
}

output "latest_failed_jobs" {
  value = data.prosa_webhook_events.failed.events
}
