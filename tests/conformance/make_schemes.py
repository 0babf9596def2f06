#!/usr/bin/env python3
"""Makes schemes.json: assignments of whole experiments by every scheme, from the rules in docs/spec/assignment.md.

An implementation of its own, in Python's integers and floats, that shares no code with the library:
    python3 tests/conformance/make_schemes.py > tests/conformance/schemes.json
tactful-1 needs the module xxhash (pip install xxhash) or a C library libxxhash, which is loaded by ctypes.
"""
import ctypes
import ctypes.util
import hashlib
import json
from fractions import Fraction
from math import ceil

M32 = (1 << 32) - 1
SHA1_SCALE = float(0xFFFFFFFFFFFFFFF)

try:
    import xxhash

    def xxh3(text, seed=0):
        return xxhash.xxh3_64_intdigest(text.encode(), seed)
except ImportError:
    _lib = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
    _lib.XXH3_64bits_withSeed.restype = ctypes.c_uint64
    _lib.XXH3_64bits_withSeed.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64]

    def xxh3(text, seed=0):
        data = text.encode()
        return _lib.XXH3_64bits_withSeed(data, len(data), seed)


def units_of(text, units):
    if units == "utf8":
        return list(text.encode())
    if units == "codepoint":
        return [ord(c) for c in text]
    data = text.encode("utf-16-le")
    return [data[i] | data[i + 1] << 8 for i in range(0, len(data), 2)]


def fnv(text, units="utf16"):
    h = 0x811C9DC5
    for unit in units_of(text, units):
        h = ((h ^ unit) * 0x01000193) & M32
    return h


def murmur3(data, seed):
    def mix(k):
        k = k * 0xCC9E2D51 & M32
        return ((k << 15 | k >> 17) & M32) * 0x1B873593 & M32
    h = seed
    for i in range(0, len(data) - 3, 4):
        h ^= mix(int.from_bytes(data[i:i + 4], "little"))
        h = ((h << 13 | h >> 19) & M32) * 5 + 0xE6546B64 & M32
    h ^= mix(int.from_bytes(data[len(data) // 4 * 4:], "little"))
    h ^= len(data)
    h = (h ^ h >> 16) * 0x85EBCA6B & M32
    h = (h ^ h >> 13) * 0xC2B2AE35 & M32
    return h ^ h >> 16


def sha1(text):
    return int(hashlib.sha1(text.encode()).hexdigest()[:15], 16)


def sha256(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def md5(text):
    return int(hashlib.md5(text.encode()).hexdigest()[:8], 16)


def growthbook(version, seed, unit, units):
    return fnv(unit + seed, units) % 1000 if version == 1 else fnv(str(fnv(seed + unit, units)), units) % 10000


def gb_ranges(weights, coverage):
    total = sum(weights)
    start, ranges = 0.0, []
    for w in weights:
        share = w / total
        ranges.append((start, start + coverage * share))
        start += share
    return ranges


def cumulative(weights):
    total, out = 0, []
    for w in weights:
        out.append((total, total + w))
        total += w
    return out


def first(ranges, k):
    for i, (lo, hi) in enumerate(ranges):
        if lo <= k < hi:
            return i
    return None


def whole(buckets, weights, fraction=Fraction(1)):
    total = sum(weights)
    return [(ceil(Fraction(buckets * lo, total)), ceil(buckets * (Fraction(lo, total) + fraction * Fraction(hi - lo, total))))
            for lo, hi in cumulative(weights)]


def layer(e, unit):
    """Whether the unit's slot of the layer is the experiment's."""
    key, (lo, hi), of = e["layer"]["key"], e["layer"]["slots"], e["layer"]["of"]
    s = e["scheme"]
    if s == "tactful-1":
        slot = xxh3(unit, xxh3("layer:" + key)) * of >> 64
    elif s.startswith("growthbook"):
        n = growthbook(1, "__" + key, unit, e["units"]) / 1000
        return lo / of <= n < (hi + 1) / of
    elif s == "optimizely":
        k = murmur3((unit + key).encode(), 1) * 10000 >> 32
        return ceil(Fraction(10000 * lo, of)) <= k < ceil(Fraction(10000 * (hi + 1), of))
    elif s == "planout":
        slot = sha1(f"{key}.segment.{unit}") % of
    elif s == "statsig":
        slot = sha256(f"{key}.{unit}") % of
    elif s == "eppo":
        slot = md5(f"{key}-{unit}") % of
    return lo <= slot <= hi


def assign(e, unit):
    """(reason, variant, bucket)"""
    s, salt, weights = e["scheme"], e["salt"], e["weights"]
    f = Fraction(e["millionths"], 10**6)
    total, n = sum(weights), len(weights)
    if xxh3(unit, xxh3("holdout:company")) < (1 << 64) * e["holdout_millionths"] // 10**6:
        return "holdout", 0, 0
    if "layer" in e and not layer(e, unit):
        return "not_in_layer", 0, 0
    out = ("not_in_traffic", 0, 0)
    traffic = salt + ".traffic"
    if s == "tactful-1":
        if f < 1 and xxh3(unit, xxh3("traffic:" + salt)) >= (1 << 64) * f.numerator // f.denominator:
            return out
        bucket = xxh3(unit, xxh3("variant:" + salt))
        variant = next((i for i, (_, hi) in enumerate(cumulative(weights)) if weights[i] and (hi == total or bucket < (1 << 64) * hi // total)))
    elif s.startswith("growthbook"):
        version = int(s[-1])
        bucket = growthbook(version, salt, unit, e["units"])
        variant = first(gb_ranges(weights, e["millionths"] / 10**6), bucket / (1000 if version == 1 else 10000))
    elif s == "unleash":
        percent = int(f * 100)
        if murmur3(f"{salt}:{unit}".encode(), 0) % 100 + 1 > percent:
            return out
        bucket = murmur3(f"{salt}:{unit}".encode(), 86028157) % total
        variant = first(cumulative(weights), bucket)
    elif s == "optimizely":
        bucket = murmur3((unit + salt).encode(), 1) * 10000 >> 32
        variant = first(whole(10000, weights, f), bucket)
    elif s == "launchdarkly":
        bucket, sum_, variant = sha1(f"{salt}.{unit}"), 0.0, None
        for i, w in enumerate(weights):
            sum_ += int(w * f * 100000 / total) / 100000
            if bucket / SHA1_SCALE < sum_:
                variant = i
                break
        if variant is None and f == 1:
            variant = max(i for i, w in enumerate(weights) if w)
    elif s == "planout":
        if f < 1 and not sha1(f"{traffic}.{unit}") / SHA1_SCALE <= e["millionths"] / 10**6:
            return out
        bucket = sha1(f"{salt}.{unit}")
        if len(set(weights)) == 1:
            bucket %= n
            variant = bucket
        else:
            stop = total * (bucket / SHA1_SCALE)
            variant = next(i for i, (_, hi) in enumerate(cumulative(weights)) if stop <= hi)
    elif s == "statsig":
        if f < 1 and not sha256(f"{traffic}.{unit}") % 10000 < f * 10000:
            return out
        bucket = sha256(f"{salt}.{unit}") % 1000
        variant = first(whole(1000, weights), bucket)
    elif s == "eppo":
        if f < 1 and not md5(f"{traffic}-{unit}") % 10000 < ceil(f * 10000):
            return out
        bucket = md5(f"{salt}-{unit}") % 10000
        variant = first(whole(10000, weights), bucket)
    if variant is None:
        return "not_in_traffic", 0, bucket
    return "assigned", variant, bucket


UNITS = ["1", "42", "cust-1001", "+8613800138000", "a@b.example", "user-61eaf2346194", "客户-张伟", "josé", "👩‍👧", "a" * 70]
UNITS += [f"customer-{i}" for i in range(40)]
SCHEMES = ["tactful-1", "growthbook-1", "growthbook-2", "unleash", "optimizely", "launchdarkly", "planout", "statsig", "eppo"]


def main():
    experiments = []
    for s in SCHEMES:
        for weights, millionths in (([1, 1], 10**6), ([50, 30, 20], 500_000), ([90, 0, 10], 250_000), ([25, 25, 25, 25], 40_000)):
            for salt in ("payment-reminder", "续费-2026"):
                e = {"scheme": s, "salt": salt, "weights": weights, "millionths": millionths, "holdout_millionths": 50_000, "units": "utf16"}
                if s not in ("unleash", "launchdarkly") and millionths == 500_000:
                    e["layer"] = {"key": "sms", "slots": [100, 799], "of": 1000}
                if s.startswith("growthbook") and millionths == 250_000:
                    e["units"] = "utf8" if salt == "payment-reminder" else "codepoint"
                experiments.append(e)
    lines = []
    for e in experiments:
        rows = [[unit, *assign(e, unit)] for unit in UNITS]
        e["assignments"] = [[unit, reason, variant, str(bucket)] for unit, reason, variant, bucket in rows]
        lines.append(json.dumps(e, ensure_ascii=False))
    print('{"holdout_key": "company", "experiments": [\n' + ",\n".join(lines) + "\n]}")


main()
