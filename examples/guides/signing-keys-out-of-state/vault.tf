terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
    vault = {
      source  = "hashicorp/vault"
      version = ">= 5.0"
    }
  }
}

resource "vault_kv_secret_v2" "transcripts" {
  mount = "secret"
  name  = "prosa-webhook"
  data_json_wo = jsonencode({
    signing_key = ephemeral.prosa_webhook_endpoint_secrets.transcripts.current_key
  })
  data_json_wo_version = prosa_webhook_secret_rotation.transcripts.secret_version
}
