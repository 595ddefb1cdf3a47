variable "event_id" {
  type        = string
  description = "The id of a stt.jobs.completed event, such as the event_id of a delivery."
}

data "prosa_webhook_event" "job" {
  id = var.event_id
}

output "transcript" {
  value     = join(" ", jsondecode(data.prosa_webhook_event.job.data).result.data[*].transcript)
  sensitive = true # personal data
}
