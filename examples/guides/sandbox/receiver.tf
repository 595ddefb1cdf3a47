variable "receiver_url" {
  type    = string
  default = "http://127.0.0.1:8000/prosa-webhook"
}

resource "prosa_webhook_endpoint" "here" {
  url        = var.receiver_url
  secret_key = "a-signing-key-for-trying-things-out"
}
