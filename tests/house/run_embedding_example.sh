#!/usr/bin/env bash
# run_embedding_example.sh PROGRAM EXPERIMENTS: runs the example twice in a fresh folder (the second finds its key).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$2" "$folder/experiments"
cd "$folder"
"$1"
"$1"
[ "$(find journals -name '*.db' | wc -l)" -eq 2 ] || { echo "two runs, but not two journals" >&2; exit 1; }
