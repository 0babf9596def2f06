#!/usr/bin/env python3
"""Writes tactful-1.json, the frozen vectors of the assignment scheme tactful-1 (docs/spec/assignment.md).

An implementation of its own, from the specification: XXH3 from the reference library, thresholds in exact integers.
Usage: make_tactful_1.py > tactful-1.json. The file never changes once released; a new scheme gets a new file.
"""
import ctypes
import json

xxhash = ctypes.CDLL("libxxhash.so.0")
xxhash.XXH3_64bits_withSeed.restype = ctypes.c_uint64

WHOLE = 1 << 64
SALTS = ["payment-reminder", "renewal-2026", "续费提醒"]
SPLITS = {"50/50": [1, 1], "5:1:1:1:1": [5, 1, 1, 1, 1], "0:1:0:2": [0, 1, 0, 2]}
FRACTIONS = [1, 10_000, 333_333, 500_000, 999_999, 1_000_000]


def xxh3(text, seed=0):
    data = text.encode()
    return xxhash.XXH3_64bits_withSeed(data, ctypes.c_size_t(len(data)), ctypes.c_uint64(seed))


def draw(kind, salt, unit):
    return xxh3(unit, xxh3(kind + ":" + salt))


def variant(drawn, weights):
    total, cumulated, last = sum(weights), 0, 0
    for i, weight in enumerate(weights):
        cumulated += weight
        if weight == 0:
            continue
        last = i
        if cumulated < total and drawn < WHOLE * cumulated // total:
            return i
    return last


def admitted(drawn, millionths):
    return millionths == 1_000_000 or drawn < WHOLE * millionths // 1_000_000


def units():
    text = "customer-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for length in range(65):
        yield text[:length]
    yield from ["客户", "客户-张伟-13800138000", "👩‍👩‍👧", "😀", "josé", "jose\u0301", "a b", "a\tb", "\u0000", "0", "00"]


def main():
    vectors = []
    for salt in SALTS:
        for unit in units():
            draws = {kind: draw(kind, salt, unit) for kind in ("traffic", "variant", "holdback")}
            vectors.append({
                "salt": salt,
                "unit": unit,
                **{kind: str(value) for kind, value in draws.items()},
                "in_traffic": [admitted(draws["traffic"], f) for f in FRACTIONS],
                "variants": {name: variant(draws["variant"], weights) for name, weights in SPLITS.items()},
            })
    thresholds = [[part, whole, str(WHOLE * part // whole)]
                  for part, whole in [(0, 1), (1, 2), (1, 3), (2, 3), (1, 10**6), (999_999, 10**6), (333_333, 10**6),
                                      (5, 9), (8, 9), (1, 10**8), (10**8 - 1, 10**8), (1, 1 << 32), ((1 << 62) - 1, 1 << 62)]]
    seeds = [[kind + ":" + salt, str(xxh3(kind + ":" + salt))]
             for salt in SALTS for kind in ("traffic", "variant", "holdback")]
    document = {"scheme": "tactful-1", "fractions_millionths": FRACTIONS, "splits": SPLITS, "seeds": seeds,
                "thresholds": thresholds}
    lines = json.dumps(document, ensure_ascii=False)[:-1] + ',\n "vectors": [\n'
    print(lines + ",\n".join("  " + json.dumps(v, ensure_ascii=False) for v in vectors) + "\n]}")


main()
