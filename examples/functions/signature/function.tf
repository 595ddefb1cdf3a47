locals {
  body = jsonencode({ message = "ping" })
}

# The header of a test request to a receiver that has the key "test-key".
output "x_prosa_signature" {
  value = provider::prosa::signature("test-key", 1673940396, local.body)
}
