// Statistical quality of scheme tactful-1 on four populations of ids. All inputs are fixed, so nothing here is random:
// each test passes always or never. Bounds are 5 standard deviations (4.42 for shares: p = 1e-5 two-sided).

#include <gmock/gmock.h>

#include <array>
#include <cmath>

#include "sample.hpp"
#include "tactful/assignment/assigner.hpp"
#include "tactful/assignment/hashing.hpp"

namespace tactful {
namespace {

constexpr int kUnits = 100'000;
constexpr double kBound = 5.0;

std::string unit_of(int population, int i) {
  char text[64];
  switch (population) {
    case 0:
      return std::to_string(i);
    case 1:
      std::snprintf(text, sizeof text, "+86138%08d", i * 37);
      return text;
    case 2:
      std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(i) * 0x9E3779B97F4A7C15ull);
      return text;
    default:
      std::snprintf(text, sizeof text, "客户.%d@exämple.cn", i);
      return text;
  }
}

class HashQuality : public ::testing::TestWithParam<int> {
 protected:
  static const std::vector<std::string>& units() {
    static std::array<std::vector<std::string>, 4> populations;
    auto& units = populations[static_cast<std::size_t>(GetParam())];
    if (units.empty()) {
      for (int i = 0; i < kUnits; ++i) units.push_back(unit_of(GetParam(), i));
    }
    return units;
  }
  static std::vector<std::uint64_t> draws(Draw kind, std::string_view salt) {
    const std::uint64_t seed = draw_seed(seed_text(kind, salt));
    std::vector<std::uint64_t> result;
    for (const std::string& unit : units()) result.push_back(draw(seed, unit));
    return result;
  }
};

// The upper `cells`-th part of a draw, from its high bits.
std::size_t cell_of(std::uint64_t drawn, std::uint64_t cells) {
  return static_cast<std::size_t>((drawn >> 32) * cells >> 32);
}

// Chi-square against equal cells as a standard normal deviate (Wilson and Hilferty 1931).
double deviate(const std::vector<int>& counts, double df) {
  double total = 0.0;
  for (const int count : counts) total += count;
  const double expected = total / static_cast<double>(counts.size());
  double chi = 0.0;
  for (const int count : counts) chi += (count - expected) * (count - expected) / expected;
  return (std::cbrt(chi / df) - (1.0 - 2.0 / (9.0 * df))) / std::sqrt(2.0 / (9.0 * df));
}

double dependence(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  std::vector<int> cells(100);
  for (std::size_t i = 0; i < a.size(); ++i) ++cells[cell_of(a[i], 10) * 10 + cell_of(b[i], 10)];
  return deviate(cells, 99.0);
}

TEST_P(HashQuality, DrawsAreUniform) {
  for (const char* salt : {"reminder-1", "reminder-2", "reminder-3", "r", "续费"}) {
    for (const Draw kind : {Draw::kTraffic, Draw::kVariant, Draw::kHoldback}) {
      std::vector<int> cells(1000);
      for (const std::uint64_t drawn : draws(kind, salt)) ++cells[cell_of(drawn, 1000)];
      EXPECT_LT(std::abs(deviate(cells, 999.0)), kBound) << salt;
      std::vector<int> low(256);  // the low bits too
      for (const std::uint64_t drawn : draws(kind, salt)) ++low[drawn & 255];
      EXPECT_LT(std::abs(deviate(low, 255.0)), kBound) << salt;
    }
  }
}

TEST_P(HashQuality, SharesAreTheWeights) {
  for (const std::vector<std::int64_t>& weights : std::vector<std::vector<std::int64_t>>{
           {1, 1}, {33, 33, 34}, {90, 10}, {99, 1}, {5, 1, 1, 1, 1}, std::vector<std::int64_t>(20, 1)}) {
    Experiment e = sample::experiment();
    e.variants.clear();
    double total = 0.0;
    for (const std::int64_t weight : weights) {
      e.variants.push_back({"v", weight, "w", "", ""});
      total += static_cast<double>(weight);
    }
    const Assigner assigner = Assigner::compile(e).value();
    std::vector<int> counts(weights.size());
    for (const std::string& unit : units()) ++counts[assigner.assign({unit, "", {}}, e.pilot.start).variant];
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double share = static_cast<double>(weights[i]) / total;
      EXPECT_NEAR(counts[i] / static_cast<double>(kUnits), share, 4.42 * std::sqrt(share * (1.0 - share) / kUnits));
    }
  }
}

TEST_P(HashQuality, DrawsOfOneExperimentAreIndependent) {
  const auto traffic = draws(Draw::kTraffic, "reminder-1");
  const auto variant = draws(Draw::kVariant, "reminder-1");
  const auto holdback = draws(Draw::kHoldback, "reminder-1");
  EXPECT_LT(std::abs(dependence(traffic, variant)), kBound);
  EXPECT_LT(std::abs(dependence(traffic, holdback)), kBound);
  EXPECT_LT(std::abs(dependence(variant, holdback)), kBound);
}

TEST_P(HashQuality, ExperimentsWithNearAlikeSaltsAreIndependent) {
  std::vector<std::vector<std::uint64_t>> all;
  for (int i = 0; i < 6; ++i) all.push_back(draws(Draw::kVariant, "reminder-" + std::to_string(i)));
  for (std::size_t a = 0; a < all.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) EXPECT_LT(std::abs(dependence(all[a], all[b])), kBound) << a << " " << b;
  }
}

// A ramp's first units must split like all units, and reach every variant cell: gate and variant share no hash.
TEST_P(HashQuality, TheFirstUnitsOfARampSplitEvenly) {
  const auto traffic = draws(Draw::kTraffic, "reminder-1");
  const auto variant = draws(Draw::kVariant, "reminder-1");
  for (const std::uint64_t part : {10'000u, 50'000u, 100'000u}) {
    double in = 0.0;
    double treated = 0.0;
    std::vector<int> cells(200);
    for (std::size_t i = 0; i < traffic.size(); ++i) {
      if (traffic[i] >= threshold(part, 1'000'000)) continue;
      in += 1.0;
      treated += variant[i] >= threshold(1, 2) ? 1.0 : 0.0;
      ++cells[cell_of(variant[i], 200)];
    }
    EXPECT_NEAR(treated / in, 0.5, 4.42 * 0.5 / std::sqrt(in)) << part;
    if (part == 100'000u) {
      EXPECT_THAT(cells, ::testing::Each(::testing::Gt(0)));
    }
  }
}

TEST_P(HashQuality, OneChangedCharacterChangesEverything) {
  const std::uint64_t seed = draw_seed("variant:x");
  std::vector<int> cells(1000);
  double flipped = 0.0;
  for (const std::string& unit : units()) {
    std::string changed = unit;
    changed.back() = '#';  // in no population, so that no pair occurs twice
    const std::uint64_t a = draw(seed, unit);
    const std::uint64_t b = draw(seed, changed);
    ++cells[cell_of(a - b, 1000)];
    for (std::uint64_t bits = a ^ b; bits != 0; bits &= bits - 1) flipped += 1.0;
  }
  EXPECT_LT(std::abs(deviate(cells, 999.0)), kBound);
  EXPECT_NEAR(flipped / kUnits, 32.0, kBound * 4.0 / std::sqrt(kUnits));  // 64 fair bits: standard deviation 4
}

std::string population_name(const ::testing::TestParamInfo<int>& info) {
  static constexpr const char* kNames[] = {"sequential", "phone", "hex", "mail"};
  return kNames[info.param];
}

INSTANTIATE_TEST_SUITE_P(Populations, HashQuality, ::testing::Values(0, 1, 2, 3), population_name);

}  // namespace
}  // namespace tactful
