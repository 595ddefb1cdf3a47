terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

variable "header" {
  type        = string
  description = "The x-prosa-signature header of the request."
}

variable "body" {
  type        = string
  description = "The raw body of the request."
}

variable "keys" {
  type        = list(string)
  description = "The keys that were active at that time."
}

output "comes_from_prosa" {
  value = provider::prosa::verify_signature(var.header, var.body, var.keys)
}

# Signs the same body, for a test that sends a request to a receiver.
output "x_prosa_signature" {
  value = provider::prosa::signature(var.keys[0], 1673940396, var.body)
}
