# Terraform 1.14 and later.

variable "endpoint_id" {
  type        = string
  description = "The id of the endpoint, such as prosa_webhook_endpoint.transcripts.id."
}

# For once in a while, by hand:
#   terraform apply -invoke=action.prosa_webhook_rotate_secret.transcripts
action "prosa_webhook_rotate_secret" "transcripts" {
  config {
    endpoint_id     = var.endpoint_id
    rotation_period = { days = 3 } # for so long the older keys work as well
  }
}
