#!/bin/sh
# assign_bench beside GrowthBook's JavaScript SDK: growthbook_peer.sh <path of assign_bench>
# Says so and ends with 0 where node or npm is missing, or the package cannot be fetched.
set -eu
bench=${1:?usage: growthbook_peer.sh <assign_bench>}
here=$(cd "$(dirname "$0")" && pwd)
for tool in node npm; do
  command -v "$tool" > /dev/null 2>&1 || { echo "skipped: $tool is not installed"; exit 0; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/package.json" "$here/package-lock.json" "$here/growthbook_peer.mjs" "$work/"
(cd "$work" && npm ci --silent --no-audit --no-fund > "$work/npm.log" 2>&1) || {
  echo "skipped: npm could not fetch @growthbook/growthbook"; exit 0; }
(cd "$work" && node growthbook_peer.mjs)
exec "$bench" --benchmark_filter='BM_Assign(GrowthBook2|Table)?$' --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
