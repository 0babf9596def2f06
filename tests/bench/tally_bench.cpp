// Tally of 1 million exposures with 0.45 million outcomes from columns in memory, against the same join with
// std::unordered_map, and against reading the same bytes once; then a scorecard of 3 variants and 10 metrics from its
// tally. Links tactful::tally and tactful::decision.
#include <benchmark/benchmark.h>

#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "tactful/decision/evaluate.hpp"
#include "tactful/experiment/experiment_file.hpp"
#include "tactful/tally/tally_events.hpp"

namespace tactful {
namespace {

constexpr TimeMs kDay = kMillisecondsPerDay;
constexpr TimeMs kStart = 20'000 * kDay;
constexpr std::size_t kExposures = 1'000'000;
constexpr std::size_t kOutcomes = 450'000;
constexpr std::size_t kBlock = 65'536;

Experiment make_experiment(std::size_t metrics) {
  Experiment experiment;
  experiment.key = experiment.salt = "bench";
  experiment.scope = Json::object();
  for (const char* key : {"control", "a", "b"}) {
    Variant variant;
    variant.key = variant.wording = key;
    experiment.variants.push_back(variant);
  }
  const char* kinds[] = {"converted", "complaint", "repeat_contact", "opted_out"};
  for (std::size_t m = 0; m < metrics; ++m) {
    Metric metric;
    metric.key = "m" + std::to_string(m);
    metric.outcome = kinds[m % 4];
    metric.window_ms = static_cast<TimeMs>(7 + m) * kDay;
    metric.role = m % 2 == 0 ? Role::kSuccess : Role::kGuardrail;
    if (metric.role == Role::kGuardrail) {
      metric.direction = Direction::kDecrease;
      metric.margin = Margin{Margin::Kind::kRatio, 1.5};
    }
    experiment.metrics.push_back(metric);
  }
  experiment.ramp = {{kStart, Fraction{Fraction::kWhole}}};
  experiment.pilot.start = kStart;
  experiment.plan.enrolment_end = kStart + 28 * kDay;
  experiment.pilot.end = experiment.last_look();
  return experiment;
}

/// Events in arrival order, as columns.
class Columns final : public EventSource {
 public:
  Columns() {
    std::mt19937_64 random(1);
    for (const char* text :
         {"", "bench", "pilot", "control", "a", "b", "converted", "complaint", "repeat_contact", "opted_out"}) {
      codes_.emplace(text, static_cast<std::int32_t>(texts_.size()));
      texts_.emplace_back(text);
    }
    for (std::size_t i = 0; i < kExposures; ++i) {
      unit.push_back(id(i));
      at.push_back(kStart + static_cast<TimeMs>(i) * (28 * kDay) / static_cast<TimeMs>(kExposures));
      variant.push_back(static_cast<std::int32_t>(3 + random() % 3));
    }
    none.assign(kExposures, 0);
    no_cluster.assign(kExposures, 0);
    phase.assign(kExposures, 2);
    for (std::size_t i = 0; i < kOutcomes; ++i) {
      const std::size_t whose = random() % kExposures;
      outcome_unit.push_back(id(whose));
      outcome_at.push_back(at[whose] + static_cast<TimeMs>(random() % static_cast<std::uint64_t>(20 * kDay)));
      outcome_kind.push_back(static_cast<std::int32_t>(6 + random() % 4));
      outcome_value.push_back(1.0);
    }
  }

  std::size_t partitions() const noexcept override { return 1; }
  std::string_view text(std::int32_t code) const override { return texts_[static_cast<std::size_t>(code)]; }
  std::optional<std::int32_t> code(std::string_view text) const override {
    const auto found = codes_.find(text);
    return found == codes_.end() ? std::nullopt : std::optional<std::int32_t>(found->second);
  }
  Status scan_exposures(std::size_t, std::int32_t, TimeMs, const ExposureVisitor& visit) const override {
    for (std::size_t i = 0; i < kExposures; i += kBlock) {
      const std::size_t n = std::min(kBlock, kExposures - i);
      visit({{&unit[i], n},
             {&no_cluster[i], n},
             {&at[i], n},
             {&variant[i], n},
             {&phase[i], n},
             {&none[i], n},
             {&none[i], n},
             {&none[i], n}});
    }
    return {};
  }
  Status scan_deliveries(std::size_t, std::int32_t, TimeMs, const DeliveryVisitor&) const override { return {}; }
  Status scan_outcomes(std::size_t, std::span<const std::int32_t>, TimeMs, TimeMs,
                       const OutcomeVisitor& visit) const override {
    for (std::size_t i = 0; i < kOutcomes; i += kBlock) {
      const std::size_t n = std::min(kBlock, kOutcomes - i);
      visit({{&outcome_unit[i], n}, {&outcome_at[i], n}, {&outcome_kind[i], n}, {&outcome_value[i], n}});
    }
    return {};
  }
  Status scan_wide(std::size_t, std::int32_t, const WideVisitor&) const override { return {}; }
  std::optional<TimeMs> complete_until() const override { return std::nullopt; }
  Result<std::string> data_fingerprint() const override { return std::string(32, '0'); }

  std::vector<UnitId> unit, no_cluster, outcome_unit;
  std::vector<TimeMs> at, outcome_at;
  std::vector<std::int32_t> variant, phase, none, outcome_kind;
  std::vector<double> outcome_value;

 private:
  static UnitId id(std::size_t i) { return static_cast<UnitId>(((i + 1) * 0xD6E8FEB86659FD93u) >> 1 | 1); }
  std::map<std::string, std::int32_t, std::less<>> codes_;
  std::vector<std::string> texts_;
};

const Columns& columns() {
  static const Columns kColumns;
  return kColumns;
}

const Experiment& four_metrics() {
  static const Experiment kExperiment = make_experiment(4);
  return kExperiment;
}

Tally tally_of(const Experiment& experiment) {
  auto tally = tally_events(experiment, columns(), {experiment.last_look(), "pilot", 1});
  if (!tally) throw std::runtime_error(describe(tally.error()));
  return std::move(*tally);
}

void tally_one_million(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(tally_of(four_metrics()));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kExposures));
}
BENCHMARK(tally_one_million)->Unit(benchmark::kMillisecond)->MinTime(1);

/// The same first exposures, windows and counts, joined through the standard hash map; without days, maturity and
/// checks.
void reference_unordered_map(benchmark::State& state) {
  const Columns& c = columns();
  const Experiment& experiment = four_metrics();
  struct Unit {
    TimeMs at = 0;
    std::int32_t variant = 0;
    unsigned events = 0;
  };
  std::int64_t converted[3][4] = {};
  for (auto _ : state) {
    std::unordered_map<UnitId, Unit> units;
    for (std::size_t i = 0; i < kExposures; ++i) {
      const auto [place, is_new] = units.try_emplace(c.unit[i], Unit{c.at[i], c.variant[i], 0});
      if (!is_new && c.at[i] < place->second.at) place->second = {c.at[i], c.variant[i], 0};
    }
    for (std::size_t i = 0; i < kOutcomes; ++i) {
      const auto found = units.find(c.outcome_unit[i]);
      if (found == units.end() || c.outcome_at[i] < found->second.at) continue;
      const auto m = static_cast<std::size_t>(c.outcome_kind[i] - 6);
      if (c.outcome_at[i] - found->second.at < experiment.metrics[m].window_ms) found->second.events |= 1u << m;
    }
    for (auto& row : converted) std::fill(std::begin(row), std::end(row), 0);
    for (const auto& [id, unit] : units) {
      for (std::size_t m = 0; m < 4; ++m) converted[unit.variant - 3][m] += unit.events >> m & 1;
    }
    benchmark::DoNotOptimize(converted);
  }
  const Tally tally = tally_of(experiment);
  for (std::size_t v = 0; v < 3; ++v) {
    for (std::size_t m = 0; m < 4; ++m) {
      if (tally.margins[0].arms[v].metrics[m].first_events != converted[v][m])
        state.SkipWithError("the two joins disagree");
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kExposures));
}
BENCHMARK(reference_unordered_map)->Unit(benchmark::kMillisecond)->MinTime(1);

/// Reading every column that the join needs, once.
void floor_read_once(benchmark::State& state) {
  const Columns& c = columns();
  for (auto _ : state) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < kExposures; ++i) sum += c.unit[i] ^ c.at[i] ^ c.variant[i] ^ c.phase[i];
    for (std::size_t i = 0; i < kOutcomes; ++i) sum += c.outcome_unit[i] ^ c.outcome_at[i] ^ c.outcome_kind[i];
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(floor_read_once)->Unit(benchmark::kMillisecond);

void scorecard_three_variants_ten_metrics(benchmark::State& state) {
  const Experiment experiment = make_experiment(10);
  Tally tally = tally_of(experiment);
  tally.imported = false;
  for (auto _ : state) {
    auto card = evaluate(experiment, tally);
    if (!card || card->metrics.size() != 20) state.SkipWithError("no scorecard");
    benchmark::DoNotOptimize(card);
  }
}
BENCHMARK(scorecard_three_variants_ten_metrics)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tactful
