module "webhook" {
  source = "./modules/webhook"
  for_each = {
    "https://speech.example.com/prosa-webhook" = ["stt.jobs.completed", "stt.jobs.failed"]
  }

  url           = each.key
  event_filters = each.value
}
