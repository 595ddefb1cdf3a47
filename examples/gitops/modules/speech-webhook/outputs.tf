output "endpoint_id" {
  value       = prosa_webhook_secret_rotation.this.id # the same id; keys that are looked up by it are read after a rotation
  description = "The id of the endpoint in Prosa."
}

output "secret_version" {
  value       = prosa_webhook_secret_rotation.this.secret_version
  description = "Changes with each new signing key: for the …_wo_version argument of the secret store that the receiver reads."
}

output "next_rotation_at" {
  value       = prosa_webhook_secret_rotation.this.next_rotation_at
  description = "When the signing key is due for the next rotation."
}
