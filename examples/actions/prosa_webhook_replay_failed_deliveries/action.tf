# Terraform 1.14 and later.

variable "receiver_version" {
  type    = string
  default = "1.4.2"
}

resource "prosa_webhook_endpoint" "transcripts" {
  url = "https://speech.example.com/prosa-webhook"
}

# Replays the failed deliveries after a new version of the receiver is deployed.
action "prosa_webhook_replay_failed_deliveries" "transcripts" {
  config {
    endpoint_id = prosa_webhook_endpoint.transcripts.id
  }
}

resource "terraform_data" "receiver" {
  input = var.receiver_version # in place of the resource that deploys the receiver

  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.prosa_webhook_replay_failed_deliveries.transcripts]
    }
  }
}
