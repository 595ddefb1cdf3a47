variables {
  header = "t=1673940396,v1=f2f4a5fc526c797234f5a86a2916d42e184febd612b5612317cf62d3af9845b2"
  body   = "{\"message\":\"ping\"}"
  keys   = ["test-key", "older-key"]
}

run "comes_from_prosa" {
  command = plan

  assert {
    condition     = output.comes_from_prosa
    error_message = "No key matches a signature of this request."
  }

  assert {
    condition     = output.x_prosa_signature == var.header
    error_message = "Prosa would sign this request differently."
  }
}
