# The key of the sandbox. With the real API, every run fails with 401.
provider "prosa" {
  api_key = "sandbox"
}

variables {
  url = "https://speech.example.com/prosa-webhook"
}

run "creates" {
  assert {
    condition     = output.previous_key_expires_at == null
    error_message = "A new endpoint has no older key."
  }
}

run "rotates_on_demand" {
  variables {
    rotation = "2"
  }

  assert {
    condition     = output.previous_key_expires_at != null
    error_message = "The key was not rotated, or there is no overlap."
  }
}

run "changes_the_url_in_place" {
  variables {
    url      = "https://speech.example.com/v2/prosa-webhook"
    rotation = "2"
  }

  # A replaced endpoint has no older key.
  assert {
    condition     = output.previous_key_expires_at != null
    error_message = "The change of the URL replaced the endpoint."
  }
}

# Reads from the API, not from state.
run "is_registered" {
  variables {
    url = "https://speech.example.com/v2/prosa-webhook"
  }

  module {
    source = "./tests/registered"
  }

  assert {
    condition     = output.endpoint.event_filters == toset(["stt.jobs.completed", "stt.jobs.failed"])
    error_message = "The event types in Prosa differ from those of the module."
  }

  assert {
    condition     = output.endpoint.ssl_verification
    error_message = "Prosa does not verify the receiver's certificate."
  }
}
