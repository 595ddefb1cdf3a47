terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

resource "aws_secretsmanager_secret" "transcripts" {
  name = "prosa-webhook-key"
}

resource "aws_secretsmanager_secret_version" "transcripts" {
  secret_id                = aws_secretsmanager_secret.transcripts.id
  secret_string_wo         = ephemeral.prosa_webhook_endpoint_secrets.transcripts.current_key
  secret_string_wo_version = prosa_webhook_secret_rotation.transcripts.secret_version
}
