# Terraform 1.12 and later, OpenTofu 1.12 and later.

import {
  to = prosa_webhook_endpoint.transcripts
  identity = {
    id = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
  }
}

resource "prosa_webhook_endpoint" "transcripts" {
  url           = "https://speech.example.com/prosa-webhook"
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"]
}
