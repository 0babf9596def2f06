#!/usr/bin/env bash
# check_readme.sh SOURCE: the C++ block of README.md is, line for line, the example that tests compile and run.
set -euo pipefail
block=$(awk '/^```cpp$/{on=1;next} /^```$/{on=0} on' "$1/README.md")
[ -n "$block" ] || { echo "README.md has no C++ block" >&2; exit 1; }
example=$(awk '/README begin/{on=1;next} /README end/{on=0} on' "$1/tests/house/embedding_example.cpp")
[ -n "$example" ] || { echo "embedding_example.cpp has no README block" >&2; exit 1; }
diff <(printf '%s\n' "$block") <(printf '%s\n' "$example") && echo "README.md shows the tested example"
