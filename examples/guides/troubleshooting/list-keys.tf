data "prosa_webhook_endpoint" "transcripts" {
  url             = "https://speech.example.com/prosa-webhook"
  include_secrets = true
}

output "signing_keys" {
  value = [for key in data.prosa_webhook_endpoint.transcripts.secrets : "${key.id} until ${coalesce(key.expired_at, "further notice")}"]
}
