# Starts from the current key of each endpoint: the first rotation is due in 90 days.
import {
  for_each = var.endpoints
  to       = prosa_webhook_secret_rotation.all[each.key]
  id       = each.key
}

resource "prosa_webhook_secret_rotation" "all" {
  for_each = prosa_webhook_endpoint.all

  endpoint_id     = each.value.id
  rotation_period = { days = 3 }
  rotate_every    = { days = 90 }
}
