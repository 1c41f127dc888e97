#!/usr/bin/env bash
# Walks the pipeline of this folder: one release from dev to production, a freeze, a rollback and a hotfix.
# It makes a config repo in DIR and runs a Hub over it. It stops at the first step that does not go as it should.
#   walk.sh [DIR]     DIR is a new or empty folder; without it, a temporary one that is removed at the end
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
command=(node "$here/../../dist/main.js")
stk() { "${command[@]}" "$@"; }

fail() {
  echo "the walk ends here: $*" >&2
  exit 1
}

hub=
callers=
made=
stop() {
  if [ -n "$callers" ]; then kill "$callers" 2>/dev/null && wait "$callers" || true; fi
  if [ -n "$hub" ]; then kill "$hub" 2>/dev/null && wait "$hub" || true; fi
  if [ -n "$made" ]; then rm -rf "$made"; fi
}
trap stop EXIT
trap 'exit 130' INT TERM

folder=${1:-}
if [ -z "$folder" ]; then
  made=$(mktemp -d)
  folder=$made/pipeline
fi
mkdir -p "$folder"
cp -r "$here"/{stk.yaml,environments,migrations,releases} "$folder"
cd "$folder"

# Half of the calls and seconds instead of a tenth and half an hour.
quick='{ minimum: 20s, warmUp: { time: 0s, requests: 0 }, gates: { errors: { errorRate: { increase: 1pp } } } }'
sed -E -e 's/weight: 10 .*/weight: 50/' -e "s/analysis: \{\} .*/analysis: $quick/" stk.yaml >stk.quick
mv stk.quick stk.yaml

# Who acts: the name and the mail of git. A real pipeline has one person at each machine.
as() {
  export GIT_AUTHOR_NAME=$1 GIT_AUTHOR_EMAIL=$1@example.com
  export GIT_COMMITTER_NAME=$1 GIT_COMMITTER_EMAIL=$1@example.com
}

step() { printf '\n== %s\n' "$*"; }

# Runs a command, shows what it prints, and fails unless it exits with the code. What it prints is in $said.
said=
expect() {
  local want=$1 code=0
  shift
  echo "[$GIT_AUTHOR_NAME] \$ $*"
  said=$("$@" 2>&1) || code=$?
  echo "$said"
  if [ "$code" -ne "$want" ]; then fail "exit code $code instead of $want: $*"; fi
}

# Fails unless the last command printed the text.
says() { grep -qF -- "$1" <<<"$said" || fail "the command above does not say: $1"; }

# Waits until an environment serves a release. Nobody does anything for it.
serves() {
  local end=$((SECONDS + 120))
  until stk status --env "$1" --json | tr -d ' \n' | grep -q '"serving":{"release":"'"$2"'"'; do
    if [ "$SECONDS" -ge "$end" ]; then
      stk release why --env "$1"
      fail "$1 does not serve $2 within 120 seconds"
    fi
    sleep 0.5
  done
  echo "$1 serves $2"
}

# Calls production from eight callers until it is stopped.
call_production() {
  node --input-type=module -e '
    const url = `${process.env.STK_HUB}/projects/pipeline/environments/production/call`;
    const headers = { "content-type": "application/json", "stk-role": "support" };
    const body = JSON.stringify({ operation: "orders.list" });
    const caller = async () => { for (;;) await (await fetch(url, { method: "POST", headers, body })).text(); };
    await Promise.all(Array.from({ length: 8 }, caller));
  ' &
  callers=$!
}

# What CI does after its jobs.
check() { expect 0 stk evidence check --release "$1" --status passed --run-id 12345 --name "${@:2}"; }

step "A config repo, and a Hub that serves it: v1.2.2 is everywhere"
as dev
git init --quiet --initial-branch main
printf '.stk/\nhub.log\n' >.gitignore
git add -A
git commit --quiet -m "feat: a pipeline of four environments"
: >hub.log
"${command[@]}" hub --repo . --state .stk --listen 127.0.0.1:0 >hub.log 2>&1 &
hub=$!
for ((i = 0; i < 600; i++)); do
  STK_HUB=$(sed -nE 's/^Listening on (http:[^;]*);.*/\1/p' hub.log)
  if [ -n "$STK_HUB" ]; then break; fi
  kill -0 "$hub" 2>/dev/null || fail "the Hub ended: $(cat hub.log)"
  sleep 0.1
done
export STK_HUB
expect 0 stk status --wait

step "dev has no gates: a commit is enough"
expect 0 stk release promote --to dev --release-id v1.2.3

step "staging has gates: nothing is written while a requirement is missing"
before=$(git rev-parse HEAD)
expect 3 stk release promote --from dev --to staging
says "stk evidence check --release v1.2.3 --name ci"
[ "$(git rev-parse HEAD)" = "$before" ] || fail "a refused promotion left a commit"

step "CI records what it measured; nobody else can"
expect 3 stk evidence check --release v1.2.3 --name ci --status passed
as ci
check v1.2.3 ci
check v1.2.3 unit-tests --value coverage=83.4
check v1.2.3 security-scan --value critical=0 --value high=0

step "The Hub promotes to staging by itself, once a reviewer has approved"
as dev
expect 3 stk approve --release v1.2.3 --env staging
as rev
expect 0 stk approve --release v1.2.3 --env staging --comment "read it all"
serves staging v1.2.3

step "canary needs tests, a quiet time in staging, and an approval"
as dev
expect 0 stk release promote --from staging --to canary --when-ready
expect 3 stk release gates --env canary
says "stk evidence check --release v1.2.3 --name e2e"
expect 0 stk release why --env canary
says "stk approve --release v1.2.3 --env canary"
as ci
check v1.2.3 e2e
check v1.2.3 load-test
as rev
expect 3 stk approve --release v1.2.3 --env canary
as ada
expect 0 stk approve --release v1.2.3 --env canary
serves canary v1.2.3
expect 0 stk release gates --env canary

step "production's callers meet the release in its canary, which is compared with what they had"
call_production
as dev
expect 3 stk release promote --from canary --to production
says "stk canary status --env canary"

step "The Hub promotes to production what its canary let pass"
serves production v1.2.3
kill "$callers" && wait "$callers" || true
callers=

step "A freeze stops what goes forwards, never a rollback"
as grace
expect 0 stk freeze fair --env production --reason "the autumn fair"
as dev
expect 0 stk release promote --to dev --release-id v1.2.4
expect 3 stk release promote --from dev --to production
says "Frozen by fair"
expect 0 stk release rollback --env production --to-release-id v1.2.2 --reason "the list of orders is cut off"
serves production v1.2.2
as grace
expect 0 stk unfreeze fair

step "A hotfix skips staging and canary, and needs two people"
as dev
expect 0 stk release hotfix v1.2.4 --to production --reason "orders are missing in the list"
expect 3 stk approve --release v1.2.4 --env production
as ada
expect 0 stk approve --release v1.2.4 --env production
expect 3 stk release gates --env production
as grace
expect 0 stk approve --release v1.2.4 --env production
serves production v1.2.4
expect 0 stk resume --env production
expect 0 stk status --env production
says "HotfixDebt"
says "stk release promote --to canary --release-id v1.2.4"

step "What happened, and whether anybody changed it"
expect 0 stk audit --env production
for action in promote freeze rollback unfreeze hotfix approve activate; do says "$action"; done
expect 0 stk audit verify
expect 0 stk evidence collect v1.2.3 --out evidence
(cd evidence && sha256sum --check --quiet MANIFEST) || fail "the sums of the evidence do not hold"

step "The walk is complete"
