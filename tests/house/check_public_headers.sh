#!/usr/bin/env bash
# check_public_headers.sh LIB: every public header includes only the standard library and tactful headers.
set -euo pipefail
lib=$1
headers=$(find "$lib" -path '*/include/tactful/*' -name '*.hpp' | sort)
[ -n "$headers" ] || { echo "no public header under $lib" >&2; exit 2; }
bad=0
while IFS=: read -r file line text; do
  name=$(sed -E 's/^[^<"]*[<"]([^>"]*)[>"].*$/\1/' <<<"$text")
  case "$name" in
    tactful/*) continue ;;
    */* | *.h | *.hpp) echo "$file:$line: $name is no header of the standard library or of this project"; bad=1 ;;
  esac
done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' $headers /dev/null)
exit $bad
