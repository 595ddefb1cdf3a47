# Terraform 1.12 and later, OpenTofu 1.12 and later.

import {
  to = prosa_webhook_secret_rotation.transcripts
  identity = {
    endpoint_id = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
  }
}

resource "prosa_webhook_secret_rotation" "transcripts" {
  endpoint_id     = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
  rotation_period = { days = 3 }
  rotate_every    = { days = 90 }
}
