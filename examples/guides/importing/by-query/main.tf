terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

provider "prosa" {}
