#!/usr/bin/env bash
# run_whole_path.sh EXAMPLE TACTFUL EXPERIMENTS: one message on its whole way, then what the program knows of it.
set -euo pipefail
example=$1 tactful=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$3" "$folder/experiments"
cd "$folder"
expect() { grep -qF -- "$1" <<<"$2" || { printf 'expected: %s\nin: %s\n' "$1" "$2" >&2; exit 1; }; }
first=$("$example")
expect "sent: 【云帆宽带】" "$first"
print=$(sed -n 's/.* under policy //p' <<<"$first")
[ ${#print} -eq 32 ] || { echo "no fingerprint of a policy in: $first" >&2; exit 1; }
second=$("$example")
expect "not now: minimum_interval" "$second"
expect "$print" "$("$tactful" contact policies --state contact.db --key reminders.key)"
"$tactful" collect --store store.db journals >collected
expect '"half_ms": 5400000' "$("$tactful" responses experiments/renewal-reminder.json --store store.db --as-of 2026-06-20 --json)"
# Rules that are gone are not done without, neither by the next start nor by one after it.
rm -r experiments/rules
for _ in 1 2; do expect "not now: minimum_interval" "$("$example")"; done
rm -r last-good
if "$example" 2>refused; then echo "a sender without any rules started" >&2; exit 1; fi
expect "no-rules" "$(cat refused)"
