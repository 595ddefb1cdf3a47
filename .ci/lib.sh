# shellcheck shell=bash
# Functions that the scripts in this folder share. Source it from the root of the repository.
unset "${!PROSA_@}" TF_CLI_CONFIG_FILE # ignore the user's account and settings
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0

fail() {
	echo "${0##*/}: $*" >&2
	exit 1
}

need() { # PROGRAM...: fail unless they are on PATH
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || fail "needs $program: install it and try again"
	done
}

scratch=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$scratch"' EXIT

find_cli() { # sets cli
	cli=${TF_ACC_TERRAFORM_PATH:-$(command -v terraform || command -v tofu)} || fail 'found neither terraform nor tofu on PATH'
	"$cli" version >"$scratch/version"
}

use_providers_from() { # TEXT: uses this provider_installation block in the CLI's configuration
	export TF_CLI_CONFIG_FILE=$scratch/cli.tfrc
	printf 'provider_installation {\n%s\n}\n' "$1" >"$TF_CLI_CONFIG_FILE"
}

start_sandbox() { # LATENCY [FLAG...]: runs a sandbox until the script ends, logs its requests, and configures the provider for it
	: >"$scratch/requests"
	go build -o "$scratch/sandbox" ./internal/cmd/sandbox
	"$scratch/sandbox" -addr 127.0.0.1:0 -latency "$1" "${@:2}" >"$scratch/requests" &
	until grep -q PROSA_API_KEY= "$scratch/requests"; do
		kill -0 $! || fail 'the sandbox did not start'
		sleep 0.1
	done
	eval "$(grep '^ *export PROSA_' "$scratch/requests")"
}
