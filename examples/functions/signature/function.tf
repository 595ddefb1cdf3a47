locals {
  body = jsonencode({ message = "ping" })
}

# The header for a request that a test sends to a receiver whose key is "test-key".
output "x_prosa_signature" {
  value = provider::prosa::signature("test-key", 1673940396, local.body)
}
