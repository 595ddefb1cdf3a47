variable "header" {
  type        = string
  description = "The x-prosa-signature header of a received request."
  default     = "t=1673940396,v1=f2f4a5fc526c797234f5a86a2916d42e184febd612b5612317cf62d3af9845b2"
}

variable "body" {
  type        = string
  description = "The raw body of that request."
  default     = "{\"message\":\"ping\"}"
}

# During a rotation, Prosa signs with every active key, so one match is enough.
output "comes_from_prosa" {
  value = provider::prosa::verify_signature(var.header, var.body, ["older-key", "test-key"])
}
