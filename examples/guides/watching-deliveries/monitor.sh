#!/bin/sh
# Exits with 1 if the plan fails or a check fails.
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
