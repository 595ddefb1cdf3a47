terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = ">= 3.2.1"
    }
  }
}

resource "kubernetes_secret_v1" "transcripts" {
  metadata {
    name      = "prosa-webhook"
    namespace = "speech"
  }
  data_wo = {
    signing_key = ephemeral.prosa_webhook_endpoint_secrets.transcripts.current_key
  }
  data_wo_revision = prosa_webhook_secret_rotation.transcripts.secret_version
}
