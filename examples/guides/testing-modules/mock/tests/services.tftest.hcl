mock_provider "prosa" {
  # Without defaults a mock makes up eight letters, which are no id of an endpoint: the rotation would refuse them.
  mock_resource "prosa_webhook_endpoint" {
    defaults = {
      id = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
    }
  }
}

variables {
  host = "speech.example.com"
  services = {
    archive = ["stt.jobs.completed"]
    alerts  = ["stt.jobs.failed", "tts.job.failed"]
  }
}

run "one_endpoint_for_each_service" {
  assert {
    condition     = prosa_webhook_endpoint.service["archive"].url == "https://speech.example.com/archive/prosa-webhook"
    error_message = "The URL is not made of host and service."
  }

  assert {
    condition     = prosa_webhook_endpoint.service["alerts"].event_filters == toset(["stt.jobs.failed", "tts.job.failed"])
    error_message = "A service gets other events than those it names."
  }

  assert {
    condition     = prosa_webhook_secret_rotation.service["alerts"].endpoint_id == output.endpoint_ids["alerts"]
    error_message = "The key of another endpoint is rotated."
  }
}

run "every_service_names_its_events" {
  command = plan

  variables {
    services = { everything = [] }
  }

  expect_failures = [var.services]
}
