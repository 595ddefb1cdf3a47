# Terraform 1.14 and later.

# The apply fails when the receiver does not answer the test event with 2xx.
action "prosa_webhook_send_test_event" "transcripts" {
  config {
    endpoint_id = prosa_webhook_endpoint.transcripts.id # from Terraform 1.16 on: caller.id
    timeout     = "30s"
  }
}

resource "prosa_webhook_endpoint" "transcripts" {
  url           = "https://speech.example.com/prosa-webhook"
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"]

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.prosa_webhook_send_test_event.transcripts]
    }
  }
}
