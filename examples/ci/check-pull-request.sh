#!/bin/sh
# Checks a pull request of the config repo: check-pull-request.sh [BASE]. First what needs no Hub, then what the databases say.
# STK: how to run the command. STK_HUB and STK_TOKEN: the Hub that is asked.
set -eu
base=${1:-origin/main}
stk=${STK:-npx --yes stk-hub}

$stk lint --base "$base"
$stk release check --base "$base" --head HEAD --format markdown
