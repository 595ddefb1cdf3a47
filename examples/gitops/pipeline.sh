#!/usr/bin/env bash
# The commands that CI systems run for this repository, with Terraform or OpenTofu:
#
#   pipeline.sh check                 checks formatting, validates and tests the modules; needs no variables
#   pipeline.sh plan ENVIRONMENT      saves a plan in plans/ENVIRONMENT; exit code 0: no changes, 2: changes
#   pipeline.sh apply ENVIRONMENT     applies the saved plan; exit code 3: the plan is stale
#   pipeline.sh nightly ENVIRONMENT   rotates signing keys that are due; exit code 2: there are other changes, and nothing was applied
#
# Every other exit code means failure. Environment variables:
#
#   PROSA_API_KEY, PG_CONN_STR   access to Prosa and to the state, from the CI system's secret store
#   TERRAFORM                    the CLI; by default terraform, or tofu if there is no terraform
#   LOCK_TIMEOUT                 how long to wait for the state lock of another pipeline (5m)
#   PLANFILE                     the absolute path of the saved plan; by default plans/ENVIRONMENT/plan.tfplan
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export TF_IN_AUTOMATION=1 TF_INPUT=0
cli=${TERRAFORM:-$(command -v terraform || command -v tofu || true)}
lock=-lock-timeout=${LOCK_TIMEOUT:-5m}

say() { printf '\n== %s\n' "$*"; }

fail() { # EXIT-CODE MESSAGE
	printf '\n== %s\n' "$2" >&2
	exit "$1"
}

# in_folder runs the CLI in a folder.
in_folder() { # FOLDER COMMAND ARGUMENT...
	"$cli" -chdir="$1" "$2" -no-color "${@:3}"
}

check() {
	"$cli" fmt -check -diff -recursive || fail 1 "Not formatted: run '${cli##*/} fmt -recursive' and commit the result."
	for folder in modules/* environments/*; do
		say "$folder"
		init "$folder" -backend=false
		in_folder "$folder" validate
	done
	for folder in modules/*; do
		say "tests of $folder"
		in_folder "$folder" test
	done
}

init() { # FOLDER ARGUMENT...
	in_folder "$1" init "${@:2}" >"$scratch/init" 2>&1 && return
	cat "$scratch/init" >&2
	fail 1 "$1 could not be initialized: see the error above."
}

# printed says whether the last plan or apply printed a text.
printed() { # TEXT
	grep -q "$1" "$scratch/output"
}

# make_plan saves a plan, shows it, and returns 0 without changes and 2 with some.
make_plan() { # FILE
	local code=0
	init "$root"
	in_folder "$root" plan "$lock" -detailed-exitcode -out="$1" 2>&1 | tee "$scratch/output" || code=$?
	if [[ $code != 0 && $code != 2 ]]; then
		printed 'Error acquiring the state lock' && fail 1 "$busy"
		fail 1 "There is no plan for $environment: see the error above."
	fi
	return "$code"
}

apply_plan() { # FILE
	in_folder "$root" apply "$lock" "$1" 2>&1 | tee "$scratch/output" && return
	printed 'Error acquiring the state lock' && fail 1 "$busy"
	printed 'Saved plan is stale\|Saved plan does not match' && fail 3 "The plan for $environment is stale: the state has changed since the plan was made. Nothing was done. Plan again, and review the new plan."
	fail 1 "The apply for $environment failed, and some changes may have been applied: see the error above. Fix the cause, then plan and apply again."
}

plan() {
	local code=0
	mkdir -p "$(dirname "$saved")"
	make_plan "$saved" || code=$?
	in_folder "$root" show "$saved" >"${saved%.tfplan}.txt"
	if [[ $code == 0 ]]; then
		say "$environment: no changes."
	else
		say "$environment: there are changes; the plan is in ${saved%.tfplan}.txt."
	fi
	return "$code"
}

apply() {
	[[ -f $saved ]] || fail 1 "There is no saved plan for $environment: run '$0 plan $environment' first. If it ran in another job, copy $saved here."
	init "$root"
	apply_plan "$saved"
	rm -f "$saved" # a plan can be applied only once
}

# Lists the changes in a plan that are not scheduled rotations or their test events: an address and its actions per line. A
# changed argument of a rotation or a test event does not come from the schedule, so it is listed.
not_the_schedule='
def same(names): . as $change | all(names[]; $change.before[.] == $change.after[.]);
def due: .type == "prosa_webhook_secret_rotation" and .change.actions == ["update"] and .change.before.rotation_due
	and (.change | same(["endpoint_id", "rotation_period", "rotate_every", "rotate_when_changed", "rotate_on_create", "store_secrets"]));
def tested: .type == "prosa_webhook_test_event" and .change.actions == ["delete", "create"]
	and (.change | same(["endpoint_id", "timeout", "wait_for_delivery"]))
	and (.change | [.before, .after] | map(.triggers | del(.secret_version)) | .[0] == .[1]);
[.resource_changes[]? | select(.mode == "managed")
	| select(.change.actions != ["no-op"] or .previous_address or .change.importing)] as $changes
| [$changes[] | select(due or tested | not) | .address + ": " + (.change.actions | join(", "))] as $others
| if any($changes[]; due) or ($others | length) > 0 then $others[] else "only outputs, or test events" end'

nightly() {
	command -v jq >/dev/null || fail 1 "jq is needed to read the plan: install it where this runs."
	local code=0 other
	make_plan "$scratch/plan" || code=$?
	if [[ $code == 0 ]]; then
		say "$environment: as in the repository, and no rotation is due."
		return
	fi
	other=$(in_folder "$root" show -json "$scratch/plan" | jq -r "$not_the_schedule")
	if [[ -n $other ]]; then
		fail 2 "$environment is not as in the repository, and nothing was done. The plan above shows the differences:
$other
Either it was changed outside the pipeline, or a merge was not fully applied. Plan and apply, or change the repository to match."
	fi
	say "$environment: signing keys are due for rotation."
	apply_plan "$scratch/plan"
}

command=${1:-help}
case $command in
check) [[ $# == 1 ]] || command=help ;;
plan | apply | nightly) [[ $# == 2 ]] || command=help ;;
*) command=help ;;
esac
if [[ $command == help ]]; then
	sed -n 's/^#   pipeline.sh /usage: pipeline.sh /p' "${BASH_SOURCE[0]##*/}" >&2
	exit 1
fi
[[ -n $cli ]] || fail 1 "There is no terraform and no tofu on PATH: install one, or give its path in TERRAFORM."
if [[ $# == 2 ]]; then
	environment=$2
	root=environments/$environment
	[[ $environment != */* && -f $root/main.tf ]] || fail 1 "There is no environment $environment: it would be in $root."
	busy="Another pipeline has the state of $environment, and nothing was done. Run this again later, or set a longer LOCK_TIMEOUT."
	saved=${PLANFILE:-$PWD/plans/$environment/plan.tfplan}
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$command"
