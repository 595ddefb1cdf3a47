# The sandbox's key, which no account has: with another PROSA_BASE_URL by accident, every run fails with a 401.
provider "prosa" {
  api_key = "sandbox"
}

variables {
  url = "https://speech.example.com/prosa-webhook"
}

run "creates" {
  assert {
    condition     = output.key_version == 1
    error_message = "A new endpoint begins with the first version of its key."
  }
}

run "rotates_when_told" {
  variables {
    rotation = "2"
  }

  assert {
    condition     = output.key_version == 2
    error_message = "The key was not rotated, or not once."
  }

  assert {
    condition     = prosa_webhook_secret_rotation.transcripts.previous_secrets_expire_at != null
    error_message = "The receiver has no time to learn the new key."
  }
}

run "moves_in_place" {
  variables {
    url      = "https://speech.example.com/v2/prosa-webhook"
    rotation = "2"
  }

  # A new endpoint would begin with 1 again.
  assert {
    condition     = output.key_version == 2
    error_message = "Another URL replaced the endpoint, or rotated its key."
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
