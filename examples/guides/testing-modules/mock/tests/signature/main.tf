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

# Not in an assert block: OpenTofu 1.12 crashes when it calls a provider's function there.
output "accepted" {
  value = provider::prosa::verify_signature(provider::prosa::signature(var.signed_with, 1673940396, var.body), var.body, var.keys)
}
