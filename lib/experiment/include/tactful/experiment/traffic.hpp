#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tactful {

/// A fraction of traffic in millionths, 0 to 1,000,000: exact, so that every port computes the same thresholds.
struct Fraction {
  std::int32_t millionths = 0;
  static constexpr std::int32_t kWhole = 1'000'000;
  bool operator==(const Fraction&) const = default;
};

/// Slots `first` to `last` of a layer, both included, from 0.
struct SlotRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  bool operator==(const SlotRange&) const = default;
};

/// The part of a layer that an experiment uses. Experiments of one layer with different slots never share a unit;
/// experiments of different layers are independent.
struct LayerSlots {
  static constexpr std::int64_t kMost = 1'000'000;
  std::vector<SlotRange> slots;  ///< Ascending and apart; empty exactly where there is no layer.
  std::int64_t of = 0;           ///< Number of slots of the whole layer, 1 to kMost; the same in all its experiments.
  bool operator==(const LayerSlots&) const = default;
};

/// A share of the units that is kept out of every experiment that names it. One named by all experiments is global, one
/// named by those of a layer is that layer's. The units are the same in all of them, since only the key seeds the draw.
struct Holdout {
  std::string key;
  Fraction fraction;
  std::string scheme = "tactful-1";  ///< Scheme of its draw.
  bool operator==(const Holdout&) const = default;
};

/// A range of a scheme's number: [start, end).
struct HashRange {
  double start = 0.0;
  double end = 0.0;
  bool operator==(const HashRange&) const = default;
};

/// A gate: a unit passes when its number under `seed` lies in one of the ranges.
struct HashFilter {
  std::string scheme;
  std::string seed;
  std::vector<HashRange> ranges;
  bool operator==(const HashFilter&) const = default;
};

/// What a scheme needs besides the salt, to agree with the platform that it comes from. docs/spec/assignment.md.
struct Hashing {
  std::string units = "utf16";                 ///< How the growthbook schemes read text: utf16, utf8 or codepoint.
  std::string traffic_salt;                    ///< Seed of the traffic draw; empty: the scheme's default.
  std::int64_t buckets = 0;                    ///< Number of buckets of eppo; 0: 10,000.
  std::vector<std::vector<HashRange>> ranges;  ///< By variant, in place of those made from weights; or empty.
  std::vector<HashFilter> filters;             ///< A unit must pass each.
  bool operator==(const Hashing&) const = default;
};

/// A tester's fixed variant. Testers are never enrolled.
struct Override {
  std::string unit;
  std::string variant;  ///< Key.
  bool operator==(const Override&) const = default;
};

/// Whether units keep the variant that they were given first, remembered by the caller's store.
struct Sticky {
  bool is_on = false;
  std::int64_t version = 0;          ///< Of the choices made now; another version's are forgotten.
  std::int64_t minimum_version = 0;  ///< Units with an older choice are left out of the experiment.
  bool operator==(const Sticky&) const = default;
};

/// A named list of values for $inGroup and $notInGroup.
struct SavedGroup {
  std::string name;
  std::vector<std::string> values;
  bool operator==(const SavedGroup&) const = default;
};

}  // namespace tactful
