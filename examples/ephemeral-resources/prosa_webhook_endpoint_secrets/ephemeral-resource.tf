# Terraform 1.11 and later, OpenTofu 1.11 and later.

variable "endpoint_id" {
  type        = string
  description = "The id of the endpoint, such as prosa_webhook_endpoint.transcripts.id."
}

resource "prosa_webhook_secret_rotation" "transcripts" {
  endpoint_id     = var.endpoint_id
  rotation_period = { days = 3 }
  rotate_every    = { days = 90 }
}

# The id of a rotation is that of its endpoint. This reference makes Terraform read the keys after the rotation.
ephemeral "prosa_webhook_endpoint_secrets" "transcripts" {
  endpoint_id = prosa_webhook_secret_rotation.transcripts.id
}

resource "aws_secretsmanager_secret" "transcripts" {
  name = "prosa-webhook-key"
}

# Terraform writes the key again when secret_string_wo_version changes. The key is not stored in plan or state.
resource "aws_secretsmanager_secret_version" "transcripts" {
  secret_id                = aws_secretsmanager_secret.transcripts.id
  secret_string_wo         = ephemeral.prosa_webhook_endpoint_secrets.transcripts.current_key
  secret_string_wo_version = prosa_webhook_secret_rotation.transcripts.secret_version
}
