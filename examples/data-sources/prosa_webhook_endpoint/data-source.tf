# Reads the event types and signing keys of an endpoint that another team registered.
data "prosa_webhook_endpoint" "transcripts" {
  url             = "https://speech.example.com/prosa-webhook"
  include_secrets = true # stores the signing keys in state
}

output "event_filters" {
  value = data.prosa_webhook_endpoint.transcripts.event_filters
}

# For the service that verifies signatures; newest key first.
output "signing_keys" {
  value     = data.prosa_webhook_endpoint.transcripts.secrets[*].key
  sensitive = true
}
