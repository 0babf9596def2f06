#include "scheme_rules.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tactful/assignment/growthbook.hpp"
#include "tactful/assignment/hashing.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

constexpr std::uint64_t kEppoBuckets = 10'000;
constexpr std::uint64_t kStatsigPass = 10'000;
constexpr std::uint64_t kStatsigGroups = 1'000;
constexpr std::uint64_t kOptimizelyBuckets = 10'000;
constexpr std::uint64_t kSha1Buckets = std::uint64_t{1} << 60;
constexpr auto kSha1Scale = static_cast<double>(0xFFFFFFFFFFFFFFF);
constexpr std::int64_t kLaunchDarklyWhole = 100'000;
constexpr auto kWhole = static_cast<std::uint64_t>(Fraction::kWhole);

Error refuse(std::string_view pointer, std::string message, std::string hint) {
  return {ErrorCode::kInvalidExperiment, std::move(message), std::string(pointer), std::move(hint)};
}

bool is_growthbook(Scheme scheme) { return scheme == Scheme::kGrowthBook1 || scheme == Scheme::kGrowthBook2; }

std::uint64_t part_of(Fraction fraction) { return static_cast<std::uint64_t>(fraction.millionths); }
double as_double(Fraction fraction) { return static_cast<double>(fraction.millionths) / Fraction::kWhole; }

// ceil(buckets * part / whole): the first bucket k with k / buckets >= part / whole, in exact integers.
std::uint64_t ceil_share(std::uint64_t buckets, std::uint64_t part, std::uint64_t whole) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(buckets) * part + whole - 1) / whole);
}

std::uint64_t eppo_buckets(const Hashing& hashing) {
  return hashing.buckets == 0 ? kEppoBuckets : static_cast<std::uint64_t>(hashing.buckets);
}

std::uint64_t total_weight(const Experiment& experiment) {
  std::uint64_t total = 0;
  for (const Variant& variant : experiment.variants) total += static_cast<std::uint64_t>(variant.weight);
  return total;
}

bool has_equal_weights(const Experiment& experiment) {
  return std::all_of(experiment.variants.begin(), experiment.variants.end(),
                     [&](const Variant& v) { return v.weight == experiment.variants.front().weight; });
}

std::string traffic_seed(Scheme scheme, const Experiment& experiment) {
  if (!experiment.hashing.traffic_salt.empty()) return experiment.hashing.traffic_salt;
  // Unleash gives gate and variant the same group; the others need a seed of their own to be independent.
  return scheme == Scheme::kUnleash ? experiment.salt : experiment.salt + ".traffic";
}

std::vector<BucketRange> tactful_split(const Experiment& experiment) {
  std::vector<BucketRange> ranges;
  const std::uint64_t total = total_weight(experiment);
  std::uint64_t cumulated = 0;
  std::uint64_t begin = 0;
  for (std::size_t i = 0; i < experiment.variants.size(); ++i) {
    if (experiment.variants[i].weight == 0) continue;
    cumulated += static_cast<std::uint64_t>(experiment.variants[i].weight);
    const std::uint64_t end = threshold(cumulated, total);
    if (cumulated == total) {
      ranges.push_back({begin, std::numeric_limits<std::uint64_t>::max(), static_cast<std::uint16_t>(i)});
      break;
    }
    add_range(ranges, begin, end, static_cast<std::uint16_t>(i));
    begin = end;
  }
  return ranges;
}

// Cumulated weights over whole buckets; `admitted` cuts the end of each, so that raising it moves nobody.
std::vector<BucketRange> bucket_split(const Experiment& experiment, std::uint64_t buckets,
                                      Fraction admitted = Fraction{Fraction::kWhole}) {
  std::vector<BucketRange> ranges;
  const std::uint64_t total = total_weight(experiment);
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < experiment.variants.size(); ++i) {
    const auto weight = static_cast<std::uint64_t>(experiment.variants[i].weight);
    add_range(ranges, ceil_share(buckets, before, total),
              ceil_share(buckets, before * kWhole + weight * part_of(admitted), total * kWhole),
              static_cast<std::uint16_t>(i));
    before += weight;
  }
  return ranges;
}

std::vector<BucketRange> growthbook_split(const Experiment& experiment, std::uint64_t buckets, Fraction fraction) {
  const auto total = static_cast<double>(total_weight(experiment));
  std::vector<double> weights;
  for (const Variant& variant : experiment.variants) weights.push_back(static_cast<double>(variant.weight) / total);
  const auto all = growthbook_ranges(static_cast<std::int64_t>(weights.size()), as_double(fraction), weights);
  std::vector<BucketRange> ranges;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const IntegerRange buckets_of = growthbook_buckets(all[i], buckets);
    add_range(ranges, buckets_of.first, buckets_of.end, static_cast<std::uint16_t>(i));
  }
  return ranges;
}

// The variants lie end to end and what is left of the whole is outside, so other fractions shift the variants.
Result<std::vector<BucketRange>> launchdarkly_split(const Experiment& experiment, Fraction fraction) {
  const std::uint64_t total = total_weight(experiment) * kWhole;
  std::vector<BucketRange> ranges;
  double sum = 0.0;
  std::uint64_t begin = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < experiment.variants.size(); ++i) {
    const std::uint64_t part =
        static_cast<std::uint64_t>(experiment.variants[i].weight) * part_of(fraction) * kLaunchDarklyWhole;
    if (part % total != 0) {
      return refuse("/variants",
                    "LaunchDarkly counts shares in 100,000ths, and the share of \"" +
                        printable(experiment.variants[i].key) + "\" is no whole number of them",
                    "use weights that sum to 100000, and fractions that keep them whole");
    }
    sum += static_cast<double>(part / total) / static_cast<double>(kLaunchDarklyWhole);
    const std::uint64_t end = count_below(sum, kSha1Scale, kSha1Buckets);
    if (part > 0) last = i;
    add_range(ranges, begin, end, static_cast<std::uint16_t>(i));
    begin = std::max(begin, end);
  }
  // Where the whole traffic takes part the last variation catches what rounding leaves.
  if (fraction.millionths == Fraction::kWhole) add_range(ranges, begin, kSha1Buckets, static_cast<std::uint16_t>(last));
  return ranges;
}

std::vector<BucketRange> planout_split(const Experiment& experiment) {
  if (has_equal_weights(experiment)) return bucket_split(experiment, experiment.variants.size());
  const auto total = static_cast<double>(total_weight(experiment));
  std::vector<BucketRange> ranges;
  std::uint64_t begin = 0;
  double cumulated = 0.0;
  for (std::size_t i = 0; i < experiment.variants.size(); ++i) {
    cumulated += static_cast<double>(experiment.variants[i].weight);
    // total * (k / scale) <= cumulated, with both roundings.
    std::uint64_t low = begin;
    std::uint64_t high = kSha1Buckets;
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      if (total * (static_cast<double>(middle) / kSha1Scale) <= cumulated) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    add_range(ranges, begin, low, static_cast<std::uint16_t>(i));
    begin = low;
  }
  return ranges;
}

bool is_whole(double number) { return std::floor(number) == number; }

Result<std::vector<BucketRange>> given_ranges(Scheme scheme, const std::vector<HashRange>& given, std::uint64_t last,
                                              std::uint16_t variant, std::string_view pointer) {
  std::vector<BucketRange> ranges;
  for (const HashRange& range : given) {
    if (is_growthbook(scheme)) {
      const IntegerRange buckets = growthbook_buckets(range, last + 1);
      add_range(ranges, buckets.first, buckets.end, variant);
      continue;
    }
    if (scheme == Scheme::kTactful1) {
      const double start = std::round(range.start * Fraction::kWhole);
      const double end = std::round(range.end * Fraction::kWhole);
      if (range.end > 1.0 || start / Fraction::kWhole != range.start || end / Fraction::kWhole != range.end)
        return refuse(pointer, "a range is not in [0, 1] with at most six decimals", "write [0.25, 0.5]");
      if (start >= end) continue;
      const bool to_end = range.end == 1.0;
      ranges.push_back({threshold(static_cast<std::uint64_t>(start), kWhole),
                        to_end ? last : threshold(static_cast<std::uint64_t>(end), kWhole) - 1, variant});
      continue;
    }
    if (!is_whole(range.start) || !is_whole(range.end) || range.end > static_cast<double>(last) + 1.0) {
      return refuse(pointer, "ranges of this scheme are whole buckets, 0 to " + std::to_string(last + 1),
                    "write [first bucket inside, first bucket outside]");
    }
    add_range(ranges, static_cast<std::uint64_t>(range.start), static_cast<std::uint64_t>(range.end), variant);
  }
  return ranges;
}

Result<std::vector<BucketRange>> given_split(Scheme scheme, const Experiment& experiment, Fraction fraction) {
  if (scheme != Scheme::kOptimizely && scheme != Scheme::kStatsig && scheme != Scheme::kEppo &&
      !is_growthbook(scheme)) {
    return refuse("/hashing/ranges", "the scheme " + experiment.scheme + " makes its ranges from the weights",
                  "leave the field out and give weights");
  }
  const bool cut_by_fraction = is_growthbook(scheme) || scheme == Scheme::kOptimizely;
  if (cut_by_fraction && fraction.millionths != Fraction::kWhole) {
    return refuse("/ramp", "ranges that the file gives already say who takes part",
                  "use fraction 1, or weights in place of hashing.ranges");
  }
  const BucketSource source = split_source(scheme, experiment);
  std::vector<BucketRange> all;
  for (std::size_t i = 0; i < experiment.hashing.ranges.size(); ++i) {
    auto one = given_ranges(scheme, experiment.hashing.ranges[i], source.last(), static_cast<std::uint16_t>(i),
                            "/hashing/ranges/" + std::to_string(i));
    if (!one) return one.error();
    all.insert(all.end(), one->begin(), one->end());
  }
  return all;
}

Result<Gate> fraction_gate(Scheme scheme, std::string seed, Fraction fraction, const Hashing& hashing,
                           std::string_view pointer) {
  Gate gate;
  const std::uint64_t part = part_of(fraction);
  const auto whole_parts = [&](std::uint64_t parts, std::string_view what) -> Result<std::uint64_t> {
    if (part * parts % kWhole == 0) return part * parts / kWhole;
    return refuse(pointer, "the fraction is no whole number of " + std::string(what), "round it to them");
  };
  std::uint64_t end = 0;
  switch (scheme) {
    case Scheme::kTactful1:
      gate.source = BucketSource(Hash::kTactful1, std::move(seed));
      if (part == kWhole) {
        gate.ranges = {{0, gate.source.last(), 0}};
        return gate;
      }
      end = threshold(part, kWhole);
      break;
    case Scheme::kGrowthBook1:
    case Scheme::kGrowthBook2: {
      const Hash hash = scheme == Scheme::kGrowthBook1 ? Hash::kGrowthBook1 : Hash::kGrowthBook2;
      gate.source = BucketSource(hash, std::move(seed), 0, units_of(hashing));
      end = growthbook_buckets({0.0, as_double(fraction)}, gate.source.last() + 1).end;
      break;
    }
    case Scheme::kUnleash: {
      gate.source = BucketSource(Hash::kUnleashRollout, std::move(seed));
      const auto percent = whole_parts(100, "percents, in which Unleash counts");
      if (!percent) return percent.error();
      end = *percent;
      break;
    }
    case Scheme::kOptimizely:
      gate.source = BucketSource(Hash::kOptimizely, std::move(seed));
      end = ceil_share(kOptimizelyBuckets, part, kWhole);
      break;
    case Scheme::kLaunchDarkly:
      gate.source = BucketSource(Hash::kSha1, std::move(seed));
      end = part == kWhole ? kSha1Buckets : count_below(as_double(fraction), kSha1Scale, kSha1Buckets);
      break;
    case Scheme::kPlanOut:
      gate.source = BucketSource(Hash::kSha1, std::move(seed));
      end = part == 0 ? 0 : count_up_to(as_double(fraction), kSha1Scale, kSha1Buckets);
      break;
    case Scheme::kStatsig: {
      gate.source = BucketSource(Hash::kSha256, std::move(seed), kStatsigPass);
      const auto passes = whole_parts(kStatsigPass, "hundredths of a percent, in which Statsig counts");
      if (!passes) return passes.error();
      end = *passes;
      break;
    }
    case Scheme::kEppo:
      gate.source = BucketSource(Hash::kMd5, std::move(seed), eppo_buckets(hashing));
      end = ceil_share(eppo_buckets(hashing), part, kWhole);
      break;
  }
  add_range(gate.ranges, 0, end);
  return gate;
}

}  // namespace

TextUnits units_of(const Hashing& hashing) noexcept {
  return hashing.units == "utf8"        ? TextUnits::kUtf8
         : hashing.units == "codepoint" ? TextUnits::kCodePoint
                                        : TextUnits::kUtf16;
}

Result<Scheme> find_scheme(std::string_view name, std::string_view pointer) {
  constexpr std::array<std::string_view, 9> kNames{"tactful-1", "growthbook-1", "growthbook-2",
                                                   "unleash",   "optimizely",   "launchdarkly",
                                                   "planout",   "statsig",      "eppo"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Scheme>(i);
  }
  const auto nearest = nearest_word(name, std::vector<std::string>(kNames.begin(), kNames.end()));
  return refuse(
      pointer, "there is no assignment scheme \"" + printable(name) + "\"",
      nearest ? "did you mean \"" + *nearest + "\"?" : "write \"tactful-1\"; a newer scheme needs a newer release");
}

BucketSource split_source(Scheme scheme, const Experiment& experiment) {
  const std::string& salt = experiment.salt;
  switch (scheme) {
    case Scheme::kTactful1:
      return BucketSource(Hash::kTactful1, seed_text(Draw::kVariant, salt));
    case Scheme::kGrowthBook1:
      return BucketSource(Hash::kGrowthBook1, salt, 0, units_of(experiment.hashing));
    case Scheme::kGrowthBook2:
      return BucketSource(Hash::kGrowthBook2, salt, 0, units_of(experiment.hashing));
    case Scheme::kUnleash:
      return BucketSource(Hash::kUnleashVariant, salt, total_weight(experiment));
    case Scheme::kOptimizely:
      return BucketSource(Hash::kOptimizely, salt);
    case Scheme::kLaunchDarkly:
      return BucketSource(Hash::kSha1, salt);
    case Scheme::kPlanOut:
      return BucketSource(Hash::kSha1, salt, has_equal_weights(experiment) ? experiment.variants.size() : 0);
    case Scheme::kStatsig:
      return BucketSource(Hash::kSha256, salt, kStatsigGroups);
    case Scheme::kEppo:
      return BucketSource(Hash::kMd5, salt, eppo_buckets(experiment.hashing));
  }
  return {};
}

Result<Share> make_share(Scheme scheme, const Experiment& experiment, Fraction fraction) {
  Share share;
  const bool has_gate = scheme == Scheme::kTactful1 || scheme == Scheme::kUnleash || scheme == Scheme::kPlanOut ||
                        scheme == Scheme::kStatsig || scheme == Scheme::kEppo;
  if (has_gate && fraction.millionths < Fraction::kWhole) {
    const std::string seed = scheme == Scheme::kTactful1 && experiment.hashing.traffic_salt.empty()
                                 ? seed_text(Draw::kTraffic, experiment.salt)
                                 : traffic_seed(scheme, experiment);
    auto gate = fraction_gate(scheme, seed, fraction, experiment.hashing, "/ramp");
    if (!gate) return gate.error();
    share.traffic = std::move(gate).value();
  }
  if (!experiment.hashing.ranges.empty()) {
    auto split = given_split(scheme, experiment, fraction);
    if (!split) return split.error();
    share.split = std::move(split).value();
    return share;
  }
  switch (scheme) {
    case Scheme::kTactful1:
      share.split = tactful_split(experiment);
      break;
    case Scheme::kGrowthBook1:
      share.split = growthbook_split(experiment, 1'000, fraction);
      break;
    case Scheme::kGrowthBook2:
      share.split = growthbook_split(experiment, 10'000, fraction);
      break;
    case Scheme::kUnleash:
      share.split = bucket_split(experiment, total_weight(experiment));
      break;
    case Scheme::kOptimizely:
      share.split = bucket_split(experiment, kOptimizelyBuckets, fraction);
      break;
    case Scheme::kLaunchDarkly: {
      auto split = launchdarkly_split(experiment, fraction);
      if (!split) return split.error();
      share.split = std::move(split).value();
      break;
    }
    case Scheme::kPlanOut:
      share.split = planout_split(experiment);
      break;
    case Scheme::kStatsig:
      share.split = bucket_split(experiment, kStatsigGroups);
      break;
    case Scheme::kEppo:
      share.split = bucket_split(experiment, eppo_buckets(experiment.hashing));
      break;
  }
  return share;
}

Result<Gate> layer_gate(Scheme scheme, const Experiment& experiment) {
  const LayerSlots& layer = experiment.layer_slots;
  const auto of = static_cast<std::uint64_t>(layer.of);
  Gate gate;
  switch (scheme) {
    case Scheme::kTactful1:
      gate.source = BucketSource(Hash::kTactful1, "layer:" + experiment.layer, of);
      break;
    case Scheme::kGrowthBook1:
    case Scheme::kGrowthBook2:  // namespaces use the first hash whatever the experiment's is
      gate.source = BucketSource(Hash::kGrowthBook1, "__" + experiment.layer, 0, units_of(experiment.hashing));
      break;
    case Scheme::kOptimizely:
      gate.source = BucketSource(Hash::kOptimizely, experiment.layer);
      break;
    case Scheme::kPlanOut:
      gate.source = BucketSource(Hash::kSha1, experiment.layer + ".segment", of);
      break;
    case Scheme::kStatsig:
      gate.source = BucketSource(Hash::kSha256, experiment.layer, of);
      break;
    case Scheme::kEppo:
      gate.source = BucketSource(Hash::kMd5, experiment.layer, of);
      break;
    case Scheme::kUnleash:
    case Scheme::kLaunchDarkly:
      return refuse("/layer", "the scheme " + experiment.scheme + " has no layers",
                    "leave the field out, or use another scheme");
  }
  for (const SlotRange& slots : layer.slots) {
    const auto first = static_cast<std::uint64_t>(slots.first);
    const auto end = static_cast<std::uint64_t>(slots.last) + 1;
    if (is_growthbook(scheme)) {
      const auto whole = static_cast<double>(layer.of);
      const IntegerRange buckets =
          growthbook_buckets({static_cast<double>(first) / whole, static_cast<double>(end) / whole}, 1'000);
      add_range(gate.ranges, buckets.first, buckets.end);
    } else if (scheme == Scheme::kOptimizely) {
      add_range(gate.ranges, ceil_share(kOptimizelyBuckets, first, of), ceil_share(kOptimizelyBuckets, end, of));
    } else {
      add_range(gate.ranges, first, end);
    }
  }
  return gate;
}

Result<Gate> holdout_gate(const Holdout& holdout, TextUnits units, std::string_view pointer) {
  const auto scheme = find_scheme(holdout.scheme, std::string(pointer) + "/scheme");
  if (!scheme) return scheme.error();
  Hashing hashing;
  hashing.units = units == TextUnits::kUtf8 ? "utf8" : units == TextUnits::kCodePoint ? "codepoint" : "utf16";
  const std::string seed = *scheme == Scheme::kTactful1 ? "holdout:" + holdout.key : holdout.key;
  return fraction_gate(*scheme, seed, holdout.fraction, hashing, std::string(pointer) + "/fraction");
}

Result<Gate> filter_gate(const HashFilter& filter, const Hashing& hashing, std::string_view pointer) {
  const auto scheme = find_scheme(filter.scheme, std::string(pointer) + "/scheme");
  if (!scheme) return scheme.error();
  if (*scheme == Scheme::kUnleash || *scheme == Scheme::kLaunchDarkly || *scheme == Scheme::kPlanOut) {
    return refuse(std::string(pointer) + "/scheme", "the scheme " + filter.scheme + " has no ranges to filter by",
                  "use tactful-1, growthbook-1, growthbook-2, optimizely, statsig or eppo");
  }
  // A fraction's gate has the source that is wanted; its ranges are replaced.
  const std::string seed = *scheme == Scheme::kTactful1 ? "filter:" + filter.seed : filter.seed;
  auto gate = fraction_gate(*scheme, seed, Fraction{Fraction::kWhole}, hashing, pointer);
  if (!gate) return gate.error();
  auto ranges = given_ranges(*scheme, filter.ranges, gate->source.last(), 0, std::string(pointer) + "/ranges");
  if (!ranges) return ranges.error();
  gate->ranges = std::move(ranges).value();
  return gate;
}

}  // namespace tactful
