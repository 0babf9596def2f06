#include "tactful/simulation/operating.hpp"

#include <array>

#include "pilot_path.hpp"
#include "tactful/stats/single_proportion.hpp"
#include "trial.hpp"
#include "world.hpp"

namespace tactful {
namespace {

using simulation::PilotPath;
using simulation::Random;

constexpr std::int64_t kMostPilots = 1'000'000;

Result<SimulatedShare> make_share(std::int64_t count, std::int64_t pilots) {
  const auto observed = stats::BinomialCount::make(count, pilots);
  if (!observed) return observed.error();
  const auto confidence = Level::make(0.95);
  if (!confidence) return confidence.error();
  const Interval interval =
      stats::proportion_interval(*observed, *confidence, stats::ProportionInterval::kClopperPearson);
  return SimulatedShare{count, static_cast<double>(count) / static_cast<double>(pilots), interval.low(),
                        interval.high()};
}

/// How often each thing came out.
struct Counts {
  explicit Counts(std::size_t variants, std::size_t reviews)
      : promoted(variants), stopped(variants), won(variants), units(variants), decided_at(reviews) {}

  std::array<std::int64_t, 5> actions{};             // by Action
  std::vector<std::int64_t> promoted, stopped, won;  // by variant
  std::vector<double> units;                         // by variant, summed over pilots
  std::vector<std::int64_t> decided_at;              // by review
  double days = 0.0;

  void add(const Experiment& experiment, const PilotPath& path, const simulation::Trial& trial) {
    const Recommendation& recommendation = trial.scorecard.recommendation;
    ++actions[static_cast<std::size_t>(recommendation.action)];
    days += static_cast<double>(trial.day);
    if (trial.review > 0 && recommendation.action != Action::kContinue)
      ++decided_at[static_cast<std::size_t>(trial.review) - 1];
    for (std::size_t v = 0; v < units.size(); ++v) units[v] += static_cast<double>(path.units(v, trial.day));
    std::vector<bool> wins(units.size());
    for (const MetricResult& result : trial.scorecard.metrics) {
      if (result.verdict == Verdict::kBetter) wins[*experiment.variant_index(result.variant)] = true;
    }
    for (std::size_t v = 0; v < wins.size(); ++v) won[v] += wins[v] ? 1 : 0;
    const auto variant = experiment.variant_index(recommendation.variant);
    if (!variant) return;
    if (recommendation.action == Action::kPromote) ++promoted[*variant];
    if (recommendation.action == Action::kStop) ++stopped[*variant];
  }
};

Result<OperatingCharacteristics> summarise(const Experiment& experiment, const Counts& counts, std::int64_t pilots) {
  OperatingCharacteristics result;
  result.pilots = pilots;
  Status failed;
  const auto put = [&](std::int64_t count, SimulatedShare& share) {
    auto made = make_share(count, pilots);
    if (made) share = *made;
    if (!made && failed) failed = made.error();
  };
  const auto of = [&](Action action) { return counts.actions[static_cast<std::size_t>(action)]; };
  put(of(Action::kPromote), result.promoted);
  put(of(Action::kStop), result.stopped);
  put(of(Action::kEndWithoutWinner), result.ended_without_winner);
  put(of(Action::kInvalid), result.invalid);
  put(of(Action::kContinue), result.undecided);
  const auto n = static_cast<double>(pilots);
  for (std::size_t v = 0; v < counts.units.size(); ++v) {
    result.mean_units += counts.units[v] / n;
    if (v == 0) continue;
    VariantCharacteristics variant;
    variant.variant = experiment.variants[v].key;
    variant.mean_units = counts.units[v] / n;
    put(counts.promoted[v], variant.promoted);
    put(counts.stopped[v], variant.stopped);
    put(counts.won[v], variant.won);
    result.variants.push_back(std::move(variant));
  }
  if (!failed) return failed.error();
  result.mean_days = counts.days / n;
  result.decided_at = counts.decided_at;
  return result;
}

Status check(const SimulationOptions& options) {
  if (options.pilots < 1 || options.pilots > kMostPilots) {
    return Error{ErrorCode::kInvalidArgument,
                 "the number of pilots must be in [1, 1,000,000], not " + std::to_string(options.pilots), "pilots", ""};
  }
  for (std::size_t k = 1; k < options.reviews.size(); ++k) {
    if (options.reviews[k].at > options.reviews[k - 1].at) continue;
    return Error{ErrorCode::kInvalidArgument, "reviews must be ascending", "reviews", ""};
  }
  return {};
}

}  // namespace

Result<OperatingCharacteristics> simulate_decisions(const Experiment& experiment, const World& world,
                                                    const SimulationOptions& options) {
  if (auto status = check(options); !status) return status.error();
  const auto fitted = simulation::fit_world(world, experiment);
  if (!fitted) return fitted.error();
  if (auto status = simulation::check_scope(*fitted, experiment); !status) return status.error();
  const std::vector<SimulatedReview> reviews =
      options.reviews.empty() ? simulation::planned_reviews(experiment) : options.reviews;

  Random random(world.seed);
  PilotPath path(experiment, *fitted);
  Counts counts(experiment.variants.size(), reviews.size());
  for (std::int64_t pilot = 0; pilot < options.pilots; ++pilot) {
    path.draw(random);
    const auto trial = simulation::run_trial(experiment, path, reviews);
    if (!trial) return trial.error();
    counts.add(experiment, path, *trial);
  }
  auto result = summarise(experiment, counts, options.pilots);
  if (!result) return result;
  result->seed = world.seed;
  return result;
}

}  // namespace tactful
