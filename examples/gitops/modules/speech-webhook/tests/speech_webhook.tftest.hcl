# Needs no account: the mock generates the responses.
mock_provider "prosa" {}

variables {
  url           = "https://speech.example.com/prosa-webhook"
  event_filters = ["stt.jobs.failed", "stt.jobs.completed"]
}

run "endpoint_rotation_and_test_event" {
  assert {
    condition     = prosa_webhook_secret_rotation.this.endpoint_id == prosa_webhook_endpoint.this.id
    error_message = "The rotation belongs to another endpoint."
  }
  assert {
    condition     = prosa_webhook_secret_rotation.this.store_secrets == false
    error_message = "The signing key is in state."
  }
  assert {
    condition     = prosa_webhook_test_event.this[0].triggers.secret_version == tostring(prosa_webhook_secret_rotation.this.secret_version)
    error_message = "A rotation does not send a test event."
  }
}

run "no_test_event_before_the_receiver_has_the_key" {
  variables {
    send_test_event = false
  }
  assert {
    condition     = length(prosa_webhook_test_event.this) == 0
    error_message = "There is a test event."
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
