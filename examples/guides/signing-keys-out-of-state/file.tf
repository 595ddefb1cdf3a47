terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

# For testing only: the key is in clear text in the file.
resource "terraform_data" "key_file" {
  triggers_replace = prosa_webhook_secret_rotation.transcripts.secret_version

  provisioner "local-exec" {
    command     = "umask 077 && printf '%s\\n' \"$SIGNING_KEY\" > signing-key"
    environment = { SIGNING_KEY = ephemeral.prosa_webhook_endpoint_secrets.transcripts.current_key }
  }
}
