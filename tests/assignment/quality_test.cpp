// Quality of the hashes as schemes use them, on four populations of ids and 20 keys of which ten differ in one
// character. Inputs are fixed, so each test passes always or never; the thresholds are those of
// docs/spec/assignment.md. Built twice: 20,000 ids in the fast tier, 1,000,000 in the slow one.

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "sample.hpp"
#include "tactful/assignment/assigner.hpp"
#include "tactful/assignment/edit.hpp"
#include "tactful/assignment/lint.hpp"

namespace tactful {
namespace {

constexpr int kUnits = TACTFUL_QUALITY_UNITS;
constexpr double kN = kUnits;
constexpr double kLargestZ = 4.42;

// Upper tail of chi-square by Wilson and Hilferty's cube root (1931), within 2 % of p down to 1e-7 for df >= 4.
double chi_p(double chi, double df) {
  const double z = (std::cbrt(chi / df) - (1.0 - 2.0 / (9.0 * df))) / std::sqrt(2.0 / (9.0 * df));
  return 0.5 * std::erfc(z / std::sqrt(2.0));
}

std::string make_unit(int population, int i) {
  char text[64];
  switch (population) {
    case 0:
      return std::to_string(i);
    case 1:
      std::snprintf(text, sizeof text, "+86138%08d", i * 37 % 100'000'000);
      return text;
    case 2:
      std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(i) * 0x9E3779B97F4A7C15ull);
      return text;
    default:
      std::snprintf(text, sizeof text, "客户.%d@exämple.cn", i);
      return text;
  }
}

const std::vector<std::string>& population(int index) {
  static std::array<std::vector<std::string>, 4> all;
  auto& units = all[static_cast<std::size_t>(index)];
  if (units.empty()) {
    for (int i = 0; i < kUnits; ++i) units.push_back(make_unit(index, i));
  }
  return units;
}

std::vector<std::string> keys() {
  std::vector<std::string> all;
  for (int i = 0; i < 10; ++i) all.push_back("reminder-" + std::to_string(i));
  for (const char* key : {"otp", "renewal", "welcome-sms", "checkout.cta", "2026-q1/otp", "a", "holdout", "续费提醒",
                          "my-test", "payment-reminder"})
    all.emplace_back(key);
  return all;
}

Experiment experiment(const std::string& scheme, const std::string& salt, std::vector<std::int64_t> weights = {1, 1}) {
  Experiment e = sample::experiment();
  e.scheme = scheme;
  e.key = e.salt = salt;
  e.variants.clear();
  for (const std::int64_t weight : weights)
    e.variants.push_back({"v" + std::to_string(e.variants.size()), weight, "w", "", ""});
  return e;
}

std::uint16_t cell_of(const std::string& scheme, std::uint64_t bucket) {
  if (scheme == "tactful-1") return static_cast<std::uint16_t>((bucket >> 32) * 1000 >> 32);
  return static_cast<std::uint16_t>(scheme == "growthbook-1" ? bucket : bucket / 10);
}

// Cell of each unit's variant draw among 1000 equal ones.
std::vector<std::uint16_t> cells(const std::string& scheme, const std::string& salt,
                                 const std::vector<std::string>& units) {
  const Experiment e = experiment(scheme, salt);
  const Assigner assigner = Assigner::compile(e).value();
  std::vector<std::uint16_t> result;
  result.reserve(units.size());
  for (const std::string& unit : units)
    result.push_back(cell_of(scheme, assigner.assign({unit, "", {}}, e.pilot.start).bucket));
  return result;
}

double uniform_p(const std::vector<std::uint16_t>& cells) {
  std::vector<double> counts(1000, 0.0);
  for (const std::uint16_t cell : cells) counts[cell] += 1.0;
  const double expected = static_cast<double>(cells.size()) / 1000.0;
  double chi = 0.0;
  for (const double count : counts) chi += (count - expected) * (count - expected) / expected;
  return chi_p(chi, 999.0);
}

struct Dependence {
  double p = 1.0;
  double r = 0.0;
};

Dependence dependence(const std::vector<std::uint16_t>& a, const std::vector<std::uint16_t>& b) {
  std::array<double, 100> counts{};
  for (std::size_t i = 0; i < a.size(); ++i) counts[a[i] / 100u * 10u + b[i] / 100u] += 1.0;
  std::array<double, 10> rows{};
  std::array<double, 10> columns{};
  double product = 0.0;
  for (std::size_t c = 0; c < 100; ++c) {
    rows[c / 10] += counts[c];
    columns[c % 10] += counts[c];
    product += counts[c] * (static_cast<double>(c / 10) - 4.5) * (static_cast<double>(c % 10) - 4.5);
  }
  const double n = static_cast<double>(a.size());
  double chi = 0.0;
  for (std::size_t c = 0; c < 100; ++c) {
    const double expected = rows[c / 10] * columns[c % 10] / n;
    chi += (counts[c] - expected) * (counts[c] - expected) / expected;
  }
  return {chi_p(chi, 81.0), product / n / 8.25};
}

double z_of(double count, double n, double share) { return (count - n * share) / std::sqrt(n * share * (1.0 - share)); }

// Everything that needs the cells of all keys, so that they are made once for each population and scheme.
void check_cells(const std::string& scheme, int pop, std::vector<double>& ps) {
  const auto& units = population(pop);
  std::vector<std::vector<std::uint16_t>> all;
  for (const std::string& key : keys()) all.push_back(cells(scheme, key, units));
  for (const auto& one : all) {  // 1: uniformity
    ps.push_back(uniform_p(one));
    EXPECT_GE(ps.back(), 1e-6) << scheme << pop;
  }
  double least = 1.0;
  double largest = 0.0;
  for (std::size_t a = 0; a < all.size(); ++a) {  // 3: pairs
    for (std::size_t b = 0; b < a; ++b) {
      const Dependence d = dependence(all[a], all[b]);
      least = std::min(least, d.p);
      largest = std::max(largest, std::abs(d.r));
    }
  }
  EXPECT_GT(least, 1e-6) << scheme << pop;
  EXPECT_LT(largest, 5.0 / std::sqrt(kN)) << scheme << pop;
  std::uint32_t state = 12345;
  for (int t = 0; t < 100; ++t) {  // 4: triples
    std::array<std::size_t, 3> at{};
    for (auto& index : at) index = (state = state * 1664525u + 1013904223u) >> 16;
    at[0] %= 20, at[1] = (at[0] + 1 + at[1] % 9) % 20, at[2] = (at[0] + 10 + at[2] % 10) % 20;
    std::array<double, 8> counts{};
    for (std::size_t i = 0; i < units.size(); ++i) {
      const std::size_t cell =
          (all[at[0]][i] >= 500 ? 4u : 0u) + (all[at[1]][i] >= 500 ? 2u : 0u) + (all[at[2]][i] >= 500 ? 1u : 0u);
      counts[cell] += 1.0;
    }
    std::array<double, 3> high{};
    for (std::size_t c = 0; c < 8; ++c)
      for (std::size_t k = 0; k < 3; ++k) high[k] += (c >> (2 - k) & 1u) != 0 ? counts[c] / kN : 0.0;
    double chi = 0.0;
    for (std::size_t c = 0; c < 8; ++c) {
      double expected = kN;
      for (std::size_t k = 0; k < 3; ++k) expected *= (c >> (2 - k) & 1u) != 0 ? high[k] : 1.0 - high[k];
      chi += (counts[c] - expected) * (counts[c] - expected) / expected;
    }
    EXPECT_GT(chi_p(chi, 4.0), 1e-6) << scheme << pop;
  }
  for (const int below : {10, 50, 100}) {  // 5: nested
    double in = 0.0;
    double treated = 0.0;
    for (std::size_t i = 0; i < units.size(); ++i) {
      if (all[0][i] >= below) continue;
      in += 1.0;
      treated += all[1][i] >= 500 ? 1.0 : 0.0;
    }
    EXPECT_LT(std::abs(z_of(treated, in, 0.5)), kLargestZ) << scheme << pop;
  }
  std::array<double, 4> phases{};  // 9: carry-over to a new phase's seed
  for (std::size_t i = 0; i < units.size(); ++i)
    phases[(all[2][i] >= 500 ? 2u : 0u) + (all[3][i] >= 500 ? 1u : 0u)] += 1.0;
  double chi = 0.0;
  for (std::size_t c = 0; c < 4; ++c) {
    const double column = phases[c & 1u] + phases[(c & 1u) | 2u];
    const double expected = (c & 2u ? phases[2] + phases[3] : phases[0] + phases[1]) * column / kN;
    chi += (phases[c] - expected) * (phases[c] - expected) / expected;
  }
  EXPECT_GT(std::erfc(std::sqrt(chi / 2.0)), 1e-6) << scheme << pop;
  EXPECT_EQ(cells(scheme, keys()[2], units), all[2]);
}

class Quality : public ::testing::TestWithParam<const char*> {};

TEST_P(Quality, UniformPairwiseTripleNestedAndCarryOver) {
  std::vector<double> ps;
  for (int pop = 0; pop < 4; ++pop) check_cells(GetParam(), pop, ps);
  // 1: the p-values themselves are uniform (Kolmogorov and Smirnov, asymptotic).
  std::sort(ps.begin(), ps.end());
  double distance = 0.0;
  const double n = static_cast<double>(ps.size());
  for (std::size_t i = 0; i < ps.size(); ++i) {
    distance = std::max({distance, ps[i] - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - ps[i]});
  }
  double p = 0.0;
  const double lambda = distance * (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n));
  for (int k = 1; k < 100; ++k) p += (k % 2 == 1 ? 2.0 : -2.0) * std::exp(-2.0 * k * k * lambda * lambda);
  EXPECT_GT(p, 1e-4);
}

TEST_P(Quality, SharesRampsLayersHoldoutsAndEdits) {
  const std::string scheme = GetParam();
  for (int pop = 0; pop < 4; ++pop) {
    const auto& units = population(pop);
    for (const auto& weights : std::vector<std::vector<std::int64_t>>{
             {1, 1}, {33, 33, 34}, {90, 10}, {99, 1}, std::vector<std::int64_t>(20, 1)}) {
      const Experiment e = experiment(scheme, "shares", weights);  // 2
      const Assigner assigner = Assigner::compile(e).value();
      std::vector<double> counts(weights.size());
      double total = 0.0;
      for (const std::int64_t weight : weights) total += static_cast<double>(weight);
      for (const std::string& unit : units) counts[assigner.assign({unit, "", {}}, e.pilot.start).variant] += 1.0;
      for (std::size_t v = 0; v < weights.size(); ++v)
        EXPECT_LE(std::abs(z_of(counts[v], kN, static_cast<double>(weights[v]) / total)), kLargestZ) << scheme << pop;
    }
    std::vector<Assigner> ramp;  // 7
    Experiment e = experiment(scheme, "ramp", {50, 30, 20});
    for (const std::int32_t part : {10'000, 50'000, 200'000, 500'000, 1'000'000}) {
      e.ramp[0].fraction = Fraction{part};
      ramp.push_back(Assigner::compile(e).value());
    }
    Experiment held = experiment(scheme, "held");  // 10
    held.holdouts = {{"company", {50'000}}};
    Experiment x = held;  // 6
    x.holdouts.clear();
    x.layer = "sms";
    Experiment y = x;
    x.salt = "x", y.salt = "y";
    x.layer_slots = {{{0, 499}}, 1000};
    y.layer_slots = {{{500, 999}}, 1000};
    Experiment z = x;
    z.layer = "mail";
    const Assigner in_held = Assigner::compile(held).value();
    const Assigner in_x = Assigner::compile(x).value();
    const Assigner in_y = Assigner::compile(y).value();
    const Assigner in_z = Assigner::compile(z).value();
    Experiment before = experiment(scheme, "edit", {50, 30, 20});  // 8
    Experiment after = experiment(scheme, "edit", {40, 35, 25});
    after.key = before.key;
    const Assigner a = Assigner::compile(before).value();
    const Assigner b = Assigner::compile(after).value();
    const double computed = compare_versions(before, after, before.pilot.start)->switched_ppm / 1e6;
    const TimeMs now = e.pilot.start;
    double out_count = 0, x_count = 0, both_layers = 0, z_count = 0, moved = 0;
    int violations = 0;
    std::array<double, 2> split_of_held{};
    const Assigner plain = Assigner::compile(experiment(scheme, "other")).value();
    for (const std::string& unit : units) {
      const Subject subject{unit, "", {}};
      std::optional<std::uint16_t> had;
      for (const Assigner& step : ramp) {
        const Assignment one = step.assign(subject, now);
        violations += had && (!one.enrolled || one.variant != *had) ? 1 : 0;
        if (one.enrolled) had = one.variant;
      }
      const bool out = in_held.assign(subject, now).reason == AssignmentReason::kHoldout;
      out_count += out ? 1 : 0;
      if (out) split_of_held[plain.assign(subject, now).variant] += 1.0;
      const bool is_x = in_x.assign(subject, now).enrolled;
      const bool is_z = in_z.assign(subject, now).enrolled;
      violations += is_x == in_y.assign(subject, now).enrolled ? 1 : 0;
      x_count += is_x ? 1 : 0;
      z_count += is_z ? 1 : 0;
      both_layers += is_x && is_z ? 1 : 0;
      moved += a.assign(subject, now).variant != b.assign(subject, now).variant ? 1 : 0;
    }
    EXPECT_EQ(violations, 0) << scheme << pop;
    EXPECT_LE(std::abs(z_of(out_count, kN, 0.05)), kLargestZ) << scheme << pop;
    EXPECT_LE(std::abs(z_of(split_of_held[1], out_count, 0.5)), kLargestZ) << scheme << pop;
    EXPECT_LE(std::abs(z_of(x_count, kN, 0.5)), kLargestZ) << scheme << pop;
    EXPECT_LE(std::abs(z_of(both_layers, x_count, z_count / kN)), kLargestZ) << scheme << pop;
    EXPECT_LE(std::abs(z_of(moved, kN, computed)), kLargestZ) << scheme << pop;
  }
}

TEST_P(Quality, OneCharacterChangesTheBucketUniformly) {  // 11
  const std::string scheme = GetParam();
  const Experiment e = experiment(scheme, "avalanche-1");
  const Experiment f = experiment(scheme, "avalanche-2");
  const Assigner assigner = Assigner::compile(e).value();
  const Assigner seeded = Assigner::compile(f).value();
  const int pairs = std::min(kUnits, 100'000);
  for (int pop = 0; pop < 4; ++pop) {
    std::vector<std::uint16_t> of_id;
    std::vector<std::uint16_t> of_seed;
    for (int i = 0; i < pairs; ++i) {
      const std::string& unit = population(pop)[static_cast<std::size_t>(i)];
      std::string changed = unit;
      changed.back() = '#';  // in no population, so that no pair occurs twice
      if (pop == 3) changed = unit + "#";
      const auto cell = [&](const Assigner& by, const std::string& id) {
        return static_cast<int>(cell_of(scheme, by.assign({id, "", {}}, e.pilot.start).bucket));
      };
      const int base = cell(assigner, unit);
      of_id.push_back(static_cast<std::uint16_t>((base - cell(assigner, changed) + 1000) % 1000));
      of_seed.push_back(static_cast<std::uint16_t>((base - cell(seeded, unit) + 1000) % 1000));
    }
    EXPECT_GE(uniform_p(of_seed), 1e-6) << scheme << pop;
    // Ten ids that differ in the last character alone become one "#" id, so differences within such a ten depend.
    EXPECT_GE(uniform_p(of_id), 1e-6) << scheme << pop;
  }
}

INSTANTIATE_TEST_SUITE_P(Schemes, Quality, ::testing::Values("tactful-1", "growthbook-2"),
                         [](const auto& info) { return info.index == 0 ? "tactful_1" : "growthbook_2"; });

// The variant seed of Unleash: at a roll-out of 10 % every one of 1000 variant buckets is reached.
TEST(QualityOfGates, EveryVariantBucketIsReachedBehindAGate) {  // 5
  for (const char* scheme : {"tactful-1", "unleash"}) {
    Experiment e = experiment(scheme, "gate", std::vector<std::int64_t>(kUnits >= 1'000'000 ? 1000 : 100, 1));
    e.ramp[0].fraction = Fraction{100'000};
    const Assigner assigner = Assigner::compile(e).value();
    std::vector<int> counts(e.variants.size());
    for (const std::string& unit : population(0)) {
      const Assignment one = assigner.assign({unit, "", {}}, e.pilot.start);
      if (one.enrolled) ++counts[one.variant];
    }
    EXPECT_THAT(counts, ::testing::Each(::testing::Gt(0))) << scheme;
  }
}

// growthbook-1 fails the test of pairs, and the linter names pairs that fail, and no others.
TEST(QualityOfGrowthBook1, IsCorrelatedAndTheLinterSaysSo) {  // 3
  std::vector<Experiment> experiments;
  std::vector<const Experiment*> pointers;
  for (const std::string& key : keys()) experiments.push_back(experiment("growthbook-1", key));
  for (const Experiment& e : experiments) pointers.push_back(&e);
  std::vector<std::pair<std::size_t, std::size_t>> named;
  for (const PairFinding& found : lint_together(pointers)) {
    EXPECT_EQ(found.diagnostic.rule, "correlated-salts");
    named.emplace_back(found.first, found.second);
  }
  std::vector<std::vector<std::uint16_t>> all;
  for (const std::string& key : keys()) all.push_back(cells("growthbook-1", key, population(0)));
  int failing = 0;
  double largest = 0.0;
  for (std::size_t b = 0; b < all.size(); ++b) {
    for (std::size_t a = 0; a < b; ++a) {
      const Dependence d = dependence(all[a], all[b]);
      largest = std::max(largest, std::abs(d.r));
      if (d.p > 1e-6) continue;
      ++failing;
      EXPECT_TRUE(std::find(named.begin(), named.end(), std::pair(a, b)) != named.end())
          << keys()[a] << " " << keys()[b];
    }
  }
  EXPECT_GE(failing, 1);
  EXPECT_GT(largest, 0.3);
  std::cout << "growthbook-1: " << failing << " of 190 pairs fail on these ids, the linter names " << named.size()
            << ", largest |r| " << largest << "\n";
}

}  // namespace
}  // namespace tactful
