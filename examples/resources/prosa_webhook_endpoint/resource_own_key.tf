# Terraform 1.11 and later, OpenTofu 1.11 and later.

variable "signing_key" {
  type        = string
  ephemeral   = true
  sensitive   = true
  description = "The key that the receiver already verifies signatures with."
}

# A signing key of your own that is neither in the plan nor in the state.
resource "prosa_webhook_endpoint" "transcripts" {
  url                   = "https://speech.example.com/prosa-webhook"
  secret_key_wo         = var.signing_key
  secret_key_wo_version = 1 # raise it to have a changed key taken, which replaces the endpoint
}
