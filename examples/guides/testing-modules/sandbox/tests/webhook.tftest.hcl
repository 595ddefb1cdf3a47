# The sandbox's key, which no account has: with another PROSA_BASE_URL by accident, every run fails with a 401.
provider "prosa" {
  api_key = "sandbox"
}

variables {
  url = "https://speech.example.com/prosa-webhook"
}

run "creates" {
  assert {
    condition     = output.previous_key_expires_at == null
    error_message = "A new endpoint has one key, and no older one."
  }
}

run "rotates_when_told" {
  variables {
    rotation = "2"
  }

  assert {
    condition     = output.previous_key_expires_at != null
    error_message = "The key was not rotated, or the receiver has no time to load the new one."
  }
}

run "moves_in_place" {
  variables {
    url      = "https://speech.example.com/v2/prosa-webhook"
    rotation = "2"
  }

  # A new endpoint would have no older key.
  assert {
    condition     = output.previous_key_expires_at != null
    error_message = "Another URL replaced the endpoint."
  }
}

# Asks Prosa itself, and not the state.
run "is_registered" {
  variables {
    url = "https://speech.example.com/v2/prosa-webhook"
  }

  module {
    source = "./tests/registered"
  }

  assert {
    condition     = output.endpoint.event_filters == toset(["stt.jobs.completed", "stt.jobs.failed"])
    error_message = "Prosa sends other events than those that this module asks for."
  }

  assert {
    condition     = output.endpoint.ssl_verification
    error_message = "Prosa does not verify the receiver's certificate."
  }
}
