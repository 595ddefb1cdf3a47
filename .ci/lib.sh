# shellcheck shell=bash
# What the scripts of this folder share. Source it from the root of the repository.
unset "${!PROSA_@}" TF_CLI_CONFIG_FILE # an account and settings of the user's
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
	cli=${TF_ACC_TERRAFORM_PATH:-$(command -v terraform || command -v tofu)} || fail 'there is no terraform and no tofu on PATH'
	"$cli" version >"$scratch/version"
}

use_providers_from() { # TEXT: what the CLI's configuration says about the installation of providers
	export TF_CLI_CONFIG_FILE=$scratch/cli.tfrc
	printf 'provider_installation {\n%s\n}\n' "$1" >"$TF_CLI_CONFIG_FILE"
}

start_sandbox() { # LATENCY [FLAG...]: serves a sandbox until the script ends, logs its requests, and points the provider to it
	: >"$scratch/requests"
	go build -o "$scratch/sandbox" ./internal/cmd/sandbox
	"$scratch/sandbox" -addr 127.0.0.1:0 -latency "$1" "${@:2}" >"$scratch/requests" &
	until grep -q PROSA_API_KEY= "$scratch/requests"; do
		kill -0 $! || fail 'the sandbox did not start'
		sleep 0.1
	done
	eval "$(grep '^ *export PROSA_' "$scratch/requests")"
}
