terraform {
  required_providers {
    prosa = {
      source = "prosa-ai/prosa"
    }
  }
}

variable "signed_with" {
  type = string
}

variable "body" {
  type = string
}

variable "keys" {
  type = list(string)
}

# In an output, and not in the assert block of a test: OpenTofu 1.12 crashes when a provider's function is called there.
output "believed" {
  value = provider::prosa::verify_signature(provider::prosa::signature(var.signed_with, 1673940396, var.body), var.body, var.keys)
}
