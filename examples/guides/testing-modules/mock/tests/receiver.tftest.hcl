# Functions are the real ones, also with a mocked provider.
mock_provider "prosa" {}

variables {
  signed_with = "new-key"
  body        = "{\"job_id\":\"1\"}"
}

run "either_key_will_do_during_a_rotation" {
  command = plan

  variables {
    keys = ["old-key", "new-key"]
  }

  module {
    source = "./tests/signature"
  }

  assert {
    condition     = output.believed
    error_message = "What was signed with the new key was not believed."
  }
}

run "another_key_will_not_do" {
  command = plan

  variables {
    keys = ["old-key"]
  }

  module {
    source = "./tests/signature"
  }

  assert {
    condition     = !output.believed
    error_message = "What was signed with another key was believed."
  }
}
