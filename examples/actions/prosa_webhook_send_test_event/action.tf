# Terraform 1.14 and later.

resource "prosa_webhook_endpoint" "transcripts" {
  url           = "https://speech.example.com/prosa-webhook"
  event_filters = ["stt.jobs.completed", "stt.jobs.failed"]
}

action "prosa_webhook_send_test_event" "transcripts" {
  config {
    endpoint_id = prosa_webhook_endpoint.transcripts.id
    timeout     = "30s"
  }
}

# Sends a test event after each change of the endpoint. The apply fails unless the receiver responds with a 2xx status.
resource "terraform_data" "transcripts" {
  input = {
    id            = prosa_webhook_endpoint.transcripts.id
    url           = prosa_webhook_endpoint.transcripts.url
    event_filters = prosa_webhook_endpoint.transcripts.event_filters
  }

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.prosa_webhook_send_test_event.transcripts]
    }
  }
}
