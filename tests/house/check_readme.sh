#!/usr/bin/env bash
# check_readme.sh DOCUMENT EXAMPLE: the C++ block of the document that includes the sender is, line for line, what stands
# between the marks of the example that tests compile and run.
set -euo pipefail
block=$(awk '/^```cpp$/{on=1;next} /^```$/{on=0} on' "$1")
[ -n "$block" ] || { echo "$1 has no C++ block" >&2; exit 1; }
example=$(awk '/^\/\/ [A-Za-z]+ begin$/{on=1;next} /^\/\/ [A-Za-z]+ end$/{on=0} on' "$2")
[ -n "$example" ] || { echo "$2 has no marked lines" >&2; exit 1; }
diff <(printf '%s\n' "$block") <(printf '%s\n' "$example") && echo "$1 shows the tested example"
