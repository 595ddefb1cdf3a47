terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "prosa" {}

variable "endpoint_id" {
  type        = string
  description = "The id of the endpoint."
}

resource "prosa_webhook_secret_rotation" "transcripts" {
  endpoint_id      = var.endpoint_id
  rotation_period  = { days = 3 }
  rotate_every     = { days = 90 }
  rotate_on_create = false
  store_secrets    = true # stores the newest key in this state
}

resource "aws_secretsmanager_secret" "transcripts" {
  name = "prosa-webhook-key"
}

resource "aws_secretsmanager_secret_version" "transcripts" {
  secret_id     = aws_secretsmanager_secret.transcripts.id
  secret_string = prosa_webhook_secret_rotation.transcripts.secret_key
}
