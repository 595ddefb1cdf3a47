variable "url" {
  type        = string
  description = "The https URL of the receiver."

  validation {
    condition     = startswith(var.url, "https://")
    error_message = "The URL must begin with https://."
  }
}

variable "event_filters" {
  type        = set(string)
  default     = []
  description = "The event types to send, such as stt.jobs.completed. Empty means every type."
}

variable "rotate_every_days" {
  type        = number
  default     = 90
  description = "The number of days after which the nightly run rotates the signing key."
}

variable "overlap_days" {
  type        = number
  default     = 3
  description = "How many days the older signing key stays active after a rotation. The receiver must load the new key in that time."

  validation {
    condition     = var.overlap_days >= 1
    error_message = "A rotation without overlap would lock the receiver out."
  }
}

variable "send_test_event" {
  type        = bool
  default     = true
  description = "Whether to send a test event after each change. Use false until a receiver that verifies signatures has the first key."
}

variable "answer_within" {
  type        = string
  default     = "60s"
  description = "How long to wait for the response to the test event."
}
