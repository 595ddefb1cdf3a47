output "endpoint_id" {
  value       = prosa_webhook_secret_rotation.this.id # equals the endpoint's id; the reference makes Terraform read the keys after the rotation
  description = "The id of the endpoint in Prosa."
}

output "secret_version" {
  value       = prosa_webhook_secret_rotation.this.secret_version
  description = "Changes with each new signing key. Use it for the …_wo_version argument of the receiver's secret store."
}

output "next_rotation_at" {
  value       = prosa_webhook_secret_rotation.this.next_rotation_at
  description = "When the signing key is due for the next rotation."
}
