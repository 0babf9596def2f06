#include "tactful/assignment/lint.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>

#include "program.hpp"
#include "tactful/assignment/edit.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

constexpr double kTolerance = 0.01;
constexpr std::size_t kStates = 200'000;
constexpr double kLargestChi = 158.0;  // p = 1e-6 at 81 degrees of freedom is 156.9

std::string in_quotes(std::string_view text) { return "\"" + printable(text) + "\""; }

std::string percent(double share) {
  char text[48];
  std::snprintf(text, sizeof text, "%.3g %%", share * 100.0);
  return text;
}

Diagnostic warning(std::string rule, std::string pointer, std::string message, std::string hint) {
  return {Severity::kWarning, std::move(rule), std::move(pointer), std::move(message), std::move(hint)};
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Share of the split's buckets by variant; the first range that holds a bucket counts.
std::vector<double> split_shares(const AssignmentProgram& p, const Share& share) {
  std::vector<double> shares(p.experiment.variants.size(), 0.0);
  std::vector<BucketRange> taken;
  for (const BucketRange& range : share.split) {
    std::vector<std::uint64_t> cuts{range.first};
    for (const BucketRange& other : taken) {
      if (other.first > range.first && other.first <= range.last) cuts.push_back(other.first);
      if (other.last >= range.first && other.last < range.last) cuts.push_back(other.last + 1);
    }
    std::sort(cuts.begin(), cuts.end());
    for (std::size_t i = 0; i < cuts.size(); ++i) {
      if (find_range(taken, cuts[i]) != nullptr) continue;
      const std::uint64_t last = i + 1 < cuts.size() ? cuts[i + 1] - 1 : range.last;
      shares[range.variant] += (static_cast<double>(last - cuts[i]) + 1.0) / p.split.size();
    }
    taken.push_back(range);
  }
  return shares;
}

double admitted_share(const std::optional<Gate>& gate) {
  if (!gate) return 1.0;
  double share = 0.0;
  for (const BucketRange& range : gate->ranges)
    share += (static_cast<double>(range.last - range.first) + 1.0) / gate->source.size();
  return share;
}

void lint_shares(const AssignmentProgram& p, Diagnostics& found) {
  const Experiment& e = p.experiment;
  const auto widest = std::max_element(e.ramp.begin(), e.ramp.end(), [](const RampStep& a, const RampStep& b) {
    return a.fraction.millionths < b.fraction.millionths;
  });
  const std::size_t step = static_cast<std::size_t>(widest - e.ramp.begin());
  if (widest->fraction.millionths == 0) return;
  const std::vector<double> shares = split_shares(p, p.ramp[step].share);
  double all = 0.0;
  double total = 0.0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    all += shares[i];
    total += static_cast<double>(e.variants[i].weight);
  }
  const bool given = !e.hashing.ranges.empty();
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const bool wanted = given ? !e.hashing.ranges[i].empty() : e.variants[i].weight > 0;
    const std::string at = given ? append_pointer("/hashing/ranges", i) : append_pointer("/variants", i) + "/weight";
    if (wanted && shares[i] == 0.0) {
      found.push_back(warning("unreachable-variant", at,
                              "no bucket leads to the variant " + in_quotes(e.variants[i].key),
                              "give it a larger weight, or remove it"));
    } else if (wanted && !given) {
      const double weight = static_cast<double>(e.variants[i].weight) / total;
      if (std::abs(shares[i] / all - weight) > kTolerance * weight) {
        found.push_back(warning("uneven-weights", at,
                                "the buckets of " + e.scheme + " give " + in_quotes(e.variants[i].key) + " " +
                                    percent(shares[i] / all) + " where its weight says " + percent(weight),
                                "use weights that its number of buckets can express"));
      }
    }
  }
}

void lint_ramp(const AssignmentProgram& p, Diagnostics& found) {
  const Experiment& e = p.experiment;
  for (std::size_t i = 0; i < e.ramp.size(); ++i) {
    const std::string at = append_pointer(append_pointer("/ramp", i), "fraction");
    const double fraction = static_cast<double>(e.ramp[i].fraction.millionths) / Fraction::kWhole;
    double admitted = 0.0;
    for (const double share : split_shares(p, p.ramp[i].share)) admitted += share;
    admitted *= admitted_share(p.ramp[i].share.traffic);
    if (e.hashing.ranges.empty() && std::abs(admitted - fraction) > kTolerance * fraction) {
      found.push_back(warning(
          "ramp-rounds", at,
          "the buckets of " + e.scheme + " admit " + percent(admitted) + " where the ramp says " + percent(fraction),
          "use a fraction that its number of buckets can express"));
    }
    if (i == 0) continue;
    Experiment before = e;
    before.ramp = {{e.pilot.start, e.ramp[i - 1].fraction}};
    Experiment after = e;
    after.ramp = {{e.pilot.start, e.ramp[i].fraction}};
    const auto impact = compare_versions(before, after, e.pilot.start);
    if (impact && impact->switched_ppm > 0.0) {
      found.push_back(warning("ramp-moves", at,
                              "this step gives " + percent(impact->switched_ppm / 1e6) +
                                  " of the units in scope another variant than they had",
                              "with this scheme, start at the final fraction or use another scheme"));
    }
  }
}

void lint_texts(const AssignmentProgram& p, Diagnostics& found) {
  const Experiment& e = p.experiment;
  const bool units_matter = p.scheme == Scheme::kGrowthBook1 || p.scheme == Scheme::kGrowthBook2;
  if (units_matter || p.scheme == Scheme::kUnleash) {
    const std::string hint = "use ASCII ids and salts where other SDKs must agree";
    const std::string sdk = units_matter ? "GrowthBook's SDKs hash text that is not ASCII differently (utf16 in "
                                           "JavaScript, utf8 in Go and PHP, codepoint in Python)"
                                         : "Unleash's Node SDK hashes text that is not ASCII unlike the others";
    if (!is_ascii(e.salt)) found.push_back(warning("non-ascii", "/salt", sdk, hint));
    if (!is_ascii(e.layer)) found.push_back(warning("non-ascii", "/layer/key", sdk, hint));
  }
  if (p.scheme == Scheme::kGrowthBook1) {
    found.push_back(
        warning("weak-hash", "/scheme",
                "growthbook-1 is kept for agreement alone: two experiments with similar keys are correlated",
                "use tactful-1 or growthbook-2 where nothing else must agree"));
  }
  for (const ProgramStep& step : p.ramp) {
    if (!step.share.traffic || !step.share.traffic->source.shares_hash_with(p.split)) continue;
    found.push_back(warning("shared-draw", "/hashing/traffic_salt", "traffic and variant are read off one draw",
                            "give traffic_salt another value than the salt"));
    break;
  }
}

// The fnv states that ids leave behind are near uniform; these are so by construction, and the same everywhere.
std::vector<std::uint8_t> cells_of(const Experiment& e) {
  std::vector<std::uint8_t> cells;
  cells.reserve(kStates);
  std::uint32_t state = 2463534242u;
  for (std::size_t i = 0; i < kStates; ++i) {
    state = state * 1664525u + 1013904223u;
    const std::uint32_t mixed = (state ^ (state >> 15)) * 0x2c1b3c6du;
    cells.push_back(
        static_cast<std::uint8_t>(growthbook_1_of(mixed ^ (mixed >> 13), e.salt, units_of(e.hashing)) / 100));
  }
  return cells;
}

double dependence(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  std::array<double, 100> counts{};
  std::array<double, 10> rows{};
  std::array<double, 10> columns{};
  for (std::size_t i = 0; i < a.size(); ++i) {
    counts[a[i] * 10u + b[i]] += 1.0;
    rows[a[i]] += 1.0;
    columns[b[i]] += 1.0;
  }
  double chi = 0.0;
  for (std::size_t r = 0; r < 10; ++r) {
    for (std::size_t c = 0; c < 10; ++c) {
      const double expected = rows[r] * columns[c] / static_cast<double>(a.size());
      if (expected > 0.0) chi += (counts[r * 10 + c] - expected) * (counts[r * 10 + c] - expected) / expected;
    }
  }
  return chi;
}

bool overlap_in_time(const Experiment& a, const Experiment& b) {
  return a.pilot.start < b.plan.enrolment_end && b.pilot.start < a.plan.enrolment_end;
}

class PairLint {
 public:
  explicit PairLint(std::span<const Experiment* const> experiments) : experiments_(experiments) {
    for (const Experiment* e : experiments) {
      auto program = compile_program(*e, {});
      programs_.push_back(program ? std::optional(std::move(program).value()) : std::nullopt);
      cells_.push_back(programs_.back() && programs_.back()->scheme == Scheme::kGrowthBook1
                           ? cells_of(*e)
                           : std::vector<std::uint8_t>());
    }
  }

  std::vector<PairFinding> run() {
    for (second_ = 0; second_ < experiments_.size(); ++second_) {
      for (first_ = 0; first_ < second_; ++first_) {
        if (!programs_[first_] || !programs_[second_]) continue;
        if (experiments_[first_]->key == experiments_[second_]->key) continue;  // two versions of one experiment
        lint_layers(*experiments_[first_], *experiments_[second_]);
        lint_holdouts(*experiments_[first_], *experiments_[second_]);
        lint_draws();
      }
    }
    return std::move(found_);
  }

 private:
  void add(Severity severity, std::string rule, std::string pointer, std::string message, std::string hint) {
    found_.push_back(
        {first_, second_, {severity, std::move(rule), std::move(pointer), std::move(message), std::move(hint)}});
  }

  void lint_layers(const Experiment& a, const Experiment& b) {
    if (a.layer.empty() || a.layer != b.layer) return;
    if (a.layer_slots.of != b.layer_slots.of ||
        !programs_[first_]->layer->source.shares_hash_with(programs_[second_]->layer->source)) {
      add(Severity::kError, "layer-size", "/layer",
          in_quotes(a.key) + " cuts the layer " + in_quotes(a.layer) + " into " + std::to_string(a.layer_slots.of) +
              " slots by " + a.scheme + ", and this one into " + std::to_string(b.layer_slots.of) + " by " + b.scheme,
          "use one number of slots and one scheme in all experiments of a layer");
      return;
    }
    if (!overlap_in_time(a, b)) return;
    for (const SlotRange& x : a.layer_slots.slots) {
      for (const SlotRange& y : b.layer_slots.slots) {
        if (x.first > y.last || y.first > x.last) continue;
        add(Severity::kError, "layer-overlap", "/layer/slots",
            "the slots " + std::to_string(std::max(x.first, y.first)) + " to " +
                std::to_string(std::min(x.last, y.last)) + " of the layer " + in_quotes(a.layer) + " belong to " +
                in_quotes(a.key) + " at the same time",
            "give each experiment of a layer slots of its own");
        return;
      }
    }
  }

  void lint_holdouts(const Experiment& a, const Experiment& b) {
    for (const Holdout& x : a.holdouts) {
      for (std::size_t i = 0; i < b.holdouts.size(); ++i) {
        const Holdout& y = b.holdouts[i];
        if (x.key != y.key || x == y) continue;
        add(Severity::kError, "holdout-size", append_pointer("/holdout", i),
            "the holdout " + in_quotes(x.key) + " has another fraction or scheme in " + in_quotes(a.key),
            "write it alike in all experiments, so that they spare the same units");
      }
    }
  }

  void lint_draws() {
    const AssignmentProgram& a = *programs_[first_];
    const AssignmentProgram& b = *programs_[second_];
    if (a.split.shares_hash_with(b.split)) {
      add(Severity::kWarning, "same-draw", "/salt",
          in_quotes(a.experiment.key) + " splits by the same draw, so the variants of the two go together",
          "give each experiment a salt of its own");
      return;
    }
    if (cells_[first_].empty() || cells_[second_].empty()) return;
    const double chi = dependence(cells_[first_], cells_[second_]);
    if (chi <= kLargestChi) return;
    char number[32];
    std::snprintf(number, sizeof number, "%.0f", chi);
    add(Severity::kWarning, "correlated-salts", "/salt",
        "the salts " + in_quotes(a.experiment.salt) + " and " + in_quotes(b.experiment.salt) +
            " are correlated under growthbook-1 (chi-square " + number + " at 81 degrees of freedom)",
        "use growthbook-2 or tactful-1, or salts that differ in more than a character");
  }

  std::span<const Experiment* const> experiments_;
  std::vector<std::optional<AssignmentProgram>> programs_;
  std::vector<std::vector<std::uint8_t>> cells_;
  std::vector<PairFinding> found_;
  std::size_t first_ = 0;
  std::size_t second_ = 0;
};

}  // namespace

Diagnostics lint_experiment(const Experiment& experiment) {
  Diagnostics found;
  const auto program = compile_program(experiment, {});
  if (!program) return found;
  lint_shares(*program, found);
  lint_ramp(*program, found);
  lint_texts(*program, found);
  return found;
}

std::vector<PairFinding> lint_together(std::span<const Experiment* const> experiments) {
  return PairLint(experiments).run();
}

}  // namespace tactful
