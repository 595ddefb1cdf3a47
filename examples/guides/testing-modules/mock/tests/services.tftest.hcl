mock_provider "prosa" {}

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
    error_message = "The URL does not consist of host and service."
  }

  assert {
    condition     = prosa_webhook_endpoint.service["alerts"].event_filters == toset(["stt.jobs.failed", "tts.job.failed"])
    error_message = "The event types differ from those of the service."
  }

  assert {
    condition     = prosa_webhook_secret_rotation.service["alerts"].endpoint_id == output.endpoint_ids["alerts"]
    error_message = "The rotation belongs to another endpoint."
  }
}

run "every_service_names_its_events" {
  command = plan

  variables {
    services = { everything = [] }
  }

  expect_failures = [var.services]
}
