#!/usr/bin/env bash
# Walks the channels of this folder: a better model reaches stable by itself, a worse one stays in next.
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
  folder=$made/channels
fi
mkdir -p "$folder"
cp -r "$here"/{stk.yaml,environments,migrations,releases} "$folder"
cd "$folder"

# Each minute and three seconds instead of each hour and a day.
sed -E -e 's/schedule: hourly \}.*/schedule: { cron: "* * * * *" } }/' -e 's/for: 24h .*/for: 3s/' stk.yaml >stk.quick
mv stk.quick stk.yaml

# Who acts: the name and the mail of git. Real channels have one person at each machine.
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

# Runs a command again and again until it prints the text: the Hub needs a moment to read a commit.
comes_to_say() {
  local text=$1 end=$((SECONDS + 150))
  shift
  until said=$("$@" 2>&1) && grep -qF -- "$text" <<<"$said"; do
    if [ "$SECONDS" -ge "$end" ]; then fail "within 150 seconds, $* does not say: $text; it says: $said"; fi
    sleep 3
  done
  echo "[$GIT_AUTHOR_NAME] \$ $*"
  echo "$said"
}

# Waits until the Hub has promoted by itself.
promoted() {
  local end=$((SECONDS + 150))
  until git log -1 --format=%B main -- "environments/$1.yaml" | grep -qF "promote($1): $2"; do
    if [ "$SECONDS" -ge "$end" ]; then
      stk auto status
      fail "nobody promoted $2 to $1 within 150 seconds"
    fi
    sleep 1
  done
  git log -1 --format=%B main -- "environments/$1.yaml"
  expect 0 stk status --env "$1" --wait
}

# Calls next until it is stopped: without calls nobody knows how it does.
call_next() {
  node --input-type=module -e '
    import { setTimeout as pause } from "node:timers/promises";
    const url = `${process.env.STK_HUB}/projects/channels/environments/next/call`;
    const headers = { "content-type": "application/json", "stk-role": "app" };
    const body = JSON.stringify({ operation: "answers.find", input: { question: "Where is my order?" } });
    for (;;) {
      await (await fetch(url, { method: "POST", headers, body })).text();
      await pause(100);
    }
  ' &
  callers=$!
}

# What the evaluation of a model would write: the scores of 100 cases around a mean.
scores() {
  node -e '
    const mean = Number(process.argv[1]);
    for (let n = 1; n <= 100; n += 1) {
      const score = mean + 0.1 * Math.sin(n) + 0.01 * Math.cos(n * mean);
      console.log(JSON.stringify({ case: `case-${n}`, score: Number(score.toFixed(4)) }));
    }
  ' "$1" >.stk/scores.jsonl
}

# What CI does with a new release: its checks, and the evaluation of its model.
pass_ci() {
  as ci
  expect 0 stk evidence check --release "$1" --name ci --status passed
  scores "$2"
  expect 0 stk evidence eval --release "$1" --name ai-eval --set base --scores .stk/scores.jsonl
}

# Adds a release to main.
add() {
  as dev
  cp "$here/later/$1.yaml" releases/
  git add releases
  git commit --quiet -m "release: add $1"
}

step "A config repo, and a Hub that serves it: v1.0.0 is in every channel"
as dev
git init --quiet --initial-branch main
printf '.stk/\nhub.log\n' >.gitignore
git add -A
git commit --quiet -m "feat: three channels"
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
pass_ci v1.0.0 0.85
call_next

step "A better model: next takes it when CI passed"
add v1.1.0
comes_to_say 'No check "ci" of v1.1.0 is recorded' stk auto status --env next
pass_ci v1.1.0 0.88
promoted next "v1.0.0 -> v1.1.0"

step "stable takes it at the next moment of its schedule, once a person has approved"
as ada
expect 0 stk approve --release v1.1.0 --env stable --comment "read the answers"
promoted stable "v1.0.0 -> v1.1.0"
grep -q "^Stk-Scheduled: " <(git log -1 --format=%B main -- environments/stable.yaml) || fail "no moment in the commit"

step "The Hub proposes it to legacy; next serves it already, and gets no proposal"
end=$((SECONDS + 150))
until git rev-parse --quiet --verify backport/legacy/v1.1.0 >/dev/null; do
  if [ "$SECONDS" -ge "$end" ]; then fail "no branch backport/legacy/v1.1.0 within 150 seconds"; fi
  sleep 1
done
expect 0 git log -1 --format=%B backport/legacy/v1.1.0
if git rev-parse --quiet --verify backport/next/v1.1.0 >/dev/null; then fail "v1.1.0 is proposed to next"; fi

step "A worse model: next takes it, stable never does"
add v1.2.0
pass_ci v1.2.0 0.82
promoted next "v1.1.0 -> v1.2.0"
as ada
expect 0 stk approve --release v1.2.0 --env stable --comment "not my favourite"
comes_to_say '"did":"waited","release":"v1.2.0","sentence":"1 gate failed. eval:' stk auto status --env stable --json
expect 0 stk auto status --env stable
says "does not promote v1.2.0"
says "the mean differs by -0.0"
expect 0 stk release why --env stable --release-id v1.2.0
says "automatic promotion does not promote v1.2.0"
expect 0 stk evidence list --name ai-eval
says "DIFFERENCE TO stable"
kill "$callers" && wait "$callers" || true
callers=

step "A plain revert takes it out of next, and the Hub does not bring it back"
as dev
git revert --no-edit "$(git log -1 --format=%H main -- environments/next.yaml)" >/dev/null
comes_to_say "next left v1.2.0 by a rollback" stk auto status --env next

step "legacy follows: a person merges the proposal, another approves"
expect 0 git merge --no-edit backport/legacy/v1.1.0
as grace
expect 0 stk approve --release v1.1.0 --env legacy
as dev
expect 0 stk status --env legacy --wait
says "v1.1.0"

step "The walk is complete"
