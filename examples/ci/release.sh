#!/bin/sh
# Makes a release out of a push to the application's main branch: release.sh ID APP CONFIG.
# ID: of the release. APP: folder of the application. CONFIG: a clone of the config repo; both may be in one repository.
# STK: how to run the command. TEST_COMMAND: the tests. RUN_ID: the run of CI. STK_HUB and STK_TOKEN: the Hub that is asked.
set -eu
id=$1
app=$2
config=$3
stk=${STK:-npx --yes stk-hub}

# Moves, incidents, freezes and vetoes are commits too. They change nothing of the application.
changed=$(git -C "$app" diff --name-only HEAD~1 HEAD)
if [ -n "$changed" ] && ! printf '%s\n' "$changed" | grep -qvE '^(environments|incidents|freezes|vetoes)/'; then
  echo "nothing to release: the commit touches only environments, incidents, freezes or vetoes"
  exit 0
fi

(cd "$app" && sh -c "${TEST_COMMAND:-npm ci && npm test}")
$stk release cut "$id" --repo "$config" --app "$app" --require-clean
$stk evidence check --repo "$config" --release "$id" --name ci --status passed --run-id "${RUN_ID:-local}"
$stk release promote --repo "$config" --to dev --release-id "$id" --reason "main passed its tests"
