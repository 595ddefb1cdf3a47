import {
  to = prosa_webhook_endpoint.billing
  id = "https://billing.example.com/prosa-webhook" # the URL of an endpoint that exists already
}

resource "prosa_webhook_endpoint" "billing" {
  provider = prosa.stt
  url      = "https://billing.example.com/prosa-webhook"
}
