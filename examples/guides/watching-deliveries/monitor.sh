#!/bin/sh
# Fails when a plan cannot be made, or has a check that fails, so that a scheduled job which runs it fails and somebody is told.
set -eu

plan=$(mktemp)
trap 'rm -f "$plan"' EXIT
terraform plan -input=false -lock=false -out="$plan"

failed=$(terraform show -json "$plan" | jq -r '
  .checks[]? | select(.status == "fail" or .status == "error")
  | .address.to_display + ": " + ([.instances[]?.problems[]?.message] | join(" "))')
if [ -n "$failed" ]; then
  echo "$failed" >&2
  exit 1
fi
