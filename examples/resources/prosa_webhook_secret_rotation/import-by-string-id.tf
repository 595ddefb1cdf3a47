import {
  to = prosa_webhook_secret_rotation.transcripts
  id = "497f6eca-6276-4993-bfeb-53cbbbba6f08" # the id or the URL of the endpoint
}

resource "prosa_webhook_secret_rotation" "transcripts" {
  endpoint_id     = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
  rotation_period = { days = 3 }
  rotate_every    = { days = 90 }
}
