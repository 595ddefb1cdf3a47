# Terraform 1.11 and later, OpenTofu 1.11 and later.

variable "signing_key" {
  type        = string
  ephemeral   = true
  sensitive   = true
  description = "The key that the receiver already verifies signatures with."
}

# Your own signing key. It is not stored in plan or state.
resource "prosa_webhook_endpoint" "transcripts" {
  url                   = "https://speech.example.com/prosa-webhook"
  secret_key_wo         = var.signing_key
  secret_key_wo_version = 1 # change it to apply a changed key; this replaces the endpoint
}
