# Terraform 1.14 and later.

variable "endpoint_id" {
  type        = string
  description = "The id of the endpoint, such as prosa_webhook_endpoint.transcripts.id."
}

# To rotate by hand, run:
#   terraform apply -invoke=action.prosa_webhook_rotate_secret.transcripts
action "prosa_webhook_rotate_secret" "transcripts" {
  config {
    endpoint_id     = var.endpoint_id
    rotation_period = { days = 3 } # how long the older keys stay active
  }
}
