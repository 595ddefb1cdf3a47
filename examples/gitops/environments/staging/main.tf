terraform {
  required_version = ">= 1.8"

  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }

  # PG_CONN_STR contains the address and the password of the database.
  backend "pg" {
    schema_name = "prosa_webhooks_staging"
  }
}

# Uses PROSA_API_KEY.
provider "prosa" {}

module "transcripts" {
  source = "../../modules/speech-webhook"

  url               = "https://staging.speech.example.com/prosa-webhook"
  event_filters     = ["stt.jobs.completed", "stt.jobs.failed"]
  rotate_every_days = 30
}

output "transcripts" {
  value = module.transcripts
}
