import {
  to = prosa_webhook_endpoint.billing
  id = "https://billing.example.com/prosa-webhook" # the URL of an existing endpoint
}

resource "prosa_webhook_endpoint" "billing" {
  url = "https://billing.example.com/prosa-webhook"
}
