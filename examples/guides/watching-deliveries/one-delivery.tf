resource "prosa_webhook_delivery_replay" "transcript" {
  delivery_id = "9892f438-d31c-4ff2-bc84-146525b292ff"
}
