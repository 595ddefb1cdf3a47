# An endpoint that another team registered: which events does it get, and with which keys are they signed?
data "prosa_webhook_endpoint" "transcripts" {
  url             = "https://speech.example.com/prosa-webhook"
  include_secrets = true # puts the signing keys into the state
}

output "event_filters" {
  value = data.prosa_webhook_endpoint.transcripts.event_filters
}

# For the service that verifies the signatures, the newest key first.
output "signing_keys" {
  value     = data.prosa_webhook_endpoint.transcripts.secrets[*].key
  sensitive = true
}
