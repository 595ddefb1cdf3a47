terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

resource "prosa_webhook_endpoint" "key" {
  url = "https://speech.example.com/nested"
}
