# Functions of a mocked provider are not mocked.
mock_provider "prosa" {}

variables {
  signed_with = "new-key"
  body        = "{\"job_id\":\"1\"}"
}

run "accepts_either_key_during_a_rotation" {
  command = plan

  variables {
    keys = ["old-key", "new-key"]
  }

  module {
    source = "./tests/signature"
  }

  assert {
    condition     = output.accepted
    error_message = "A signature of the new key was rejected."
  }
}

run "rejects_another_key" {
  command = plan

  variables {
    keys = ["old-key"]
  }

  module {
    source = "./tests/signature"
  }

  assert {
    condition     = !output.accepted
    error_message = "A signature of another key was accepted."
  }
}
