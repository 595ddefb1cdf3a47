# Without an account and without a key: what Prosa would answer is made up.
mock_provider "prosa" {
  mock_resource "prosa_webhook_endpoint" {
    defaults = {
      id = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
    }
  }
}

variables {
  url           = "https://speech.example.com/prosa-webhook"
  event_filters = ["stt.jobs.failed", "stt.jobs.completed"]
}

run "endpoint_rotation_and_gate" {
  assert {
    condition     = prosa_webhook_secret_rotation.this.endpoint_id == prosa_webhook_endpoint.this.id
    error_message = "The key of another endpoint would be rotated."
  }
  assert {
    condition     = prosa_webhook_secret_rotation.this.store_secrets == false
    error_message = "The signing key would enter the state."
  }
  assert {
    condition     = prosa_webhook_test_event.this.triggers.secret_version == tostring(prosa_webhook_secret_rotation.this.secret_version)
    error_message = "The receiver would not be tested with a new signing key."
  }
}

run "no_plain_http" {
  command = plan
  variables {
    url = "http://speech.example.com/prosa-webhook"
  }
  expect_failures = [var.url]
}

run "no_rotation_without_overlap" {
  command = plan
  variables {
    overlap_days = 0
  }
  expect_failures = [var.overlap_days]
}
