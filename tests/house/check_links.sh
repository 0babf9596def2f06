#!/usr/bin/env bash
# check_links.sh SOURCE: relative links in the Markdown files point to files that exist.
set -euo pipefail
cd "$1"
bad=0
count=0
while IFS= read -r file; do
  while IFS= read -r target; do
    target=${target%%#*}
    [ -n "$target" ] || continue
    count=$((count + 1))
    if [ ! -e "$(dirname "$file")/$target" ]; then
      echo "$file: $target does not exist"
      bad=1
    fi
  done < <(grep -oE '\]\([^)]+\)' "$file" | sed -E 's/^\]\(//; s/\)$//' | grep -vE '^(https?:|mailto:|#)' || true)
done < <(find . -name '*.md' -not -path './build/*' | sort)
[ "$count" -gt 0 ] || { echo "no links found" >&2; exit 2; }
[ "$bad" -eq 0 ] && echo "$count links exist"
exit $bad
