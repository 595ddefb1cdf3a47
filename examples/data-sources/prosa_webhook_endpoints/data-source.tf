# The endpoints that Prosa calls when a job fails.
data "prosa_webhook_endpoints" "failed_jobs" {
  event_type = "stt.jobs.failed"
}

output "failed_job_receivers" {
  value = data.prosa_webhook_endpoints.failed_jobs.endpoints[*].url
}

# Every endpoint on example.com and its subdomains.
data "prosa_webhook_endpoints" "ours" {
  url_regex = "^https://([^/]+\\.)?example\\.com/"
}

check "certificates_are_verified" {
  assert {
    condition     = alltrue(data.prosa_webhook_endpoints.ours.endpoints[*].ssl_verification)
    error_message = "Some of our endpoints accept any certificate."
  }
}
