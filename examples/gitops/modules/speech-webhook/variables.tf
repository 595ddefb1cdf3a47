variable "url" {
  type        = string
  description = "Where Prosa sends events: an https URL of the receiver."

  validation {
    condition     = startswith(var.url, "https://")
    error_message = "The receiver must be reached by https."
  }
}

variable "event_filters" {
  type        = set(string)
  default     = []
  description = "The event types to send, such as stt.jobs.completed. Empty: all of them."
}

variable "rotate_every_days" {
  type        = number
  default     = 90
  description = "After how many days the nightly run rotates the signing key."
}

variable "overlap_days" {
  type        = number
  default     = 3
  description = "For how many days the older signing key stays valid after a rotation: the time that the receiver has to load the new one."

  validation {
    condition     = var.overlap_days >= 1
    error_message = "Without a day of overlap a nightly rotation would cut the receiver off."
  }
}

variable "answer_within" {
  type        = string
  default     = "60s"
  description = "How long the receiver may take to answer the test event."
}
