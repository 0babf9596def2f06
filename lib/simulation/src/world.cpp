#include "world.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "tactful/core/key.hpp"

namespace tactful {
namespace simulation {
namespace {

constexpr double kYearHours = 24.0 * 366.0;

Error unfit(std::string where, std::string message, std::string hint = {}) {
  return {ErrorCode::kInvalidArgument, std::move(message), std::move(where), std::move(hint)};
}

bool is_share(double value) { return value >= 0.0 && value <= 1.0; }  // false for NaN

Status check_by_variant(const std::vector<double>& values, std::size_t variants, const std::string& where) {
  if (values.size() != variants) {
    return unfit(
        where, "there are " + std::to_string(values.size()) + " values for " + std::to_string(variants) + " variants");
  }
  if (!std::all_of(values.begin(), values.end(), is_share)) return unfit(where, "every value must lie in [0, 1]");
  return {};
}

Status check_over_time(const SimulatedOutcome& outcome, std::size_t variants, const std::string& where) {
  const auto count = [&](const std::vector<double>& values) { return values.empty() || values.size() == variants; };
  if (!count(outcome.delay_by_variant)) return unfit(where + "/delay_by_variant", "one delay for each variant");
  if (!count(outcome.late_factor)) return unfit(where + "/late_factor", "one factor for each variant");
  for (const double hours : outcome.delay_by_variant) {
    if (!(hours > 0.0 && hours <= kYearHours)) return unfit(where + "/delay_by_variant", "must be in (0, 8784]");
  }
  if (!(outcome.late_after_hours >= 0.0 && outcome.late_after_hours <= kYearHours))
    return unfit(where + "/late_after_hours", "must be in [0, 8784]");
  for (std::size_t v = 0; v < outcome.late_factor.size(); ++v) {
    if (outcome.late_factor[v] >= 0.0 && outcome.probability[v] * std::max(1.0, outcome.late_factor[v]) <= 1.0)
      continue;
    return unfit(where + "/late_factor", "must be at least 0 and keep every probability at most 1");
  }
  return {};
}

Status check_outcome(const SimulatedOutcome& outcome, std::size_t variants) {
  const std::string where = "outcomes/" + outcome.kind;
  if (auto status = check_key(outcome.kind, "the outcome's kind"); !status) return status;
  if (auto status = check_by_variant(outcome.probability, variants, where + "/probability"); !status) return status;
  if (!outcome.level.empty()) {
    if (auto status = check_by_variant(outcome.level, variants, where + "/level"); !status) return status;
  }
  const auto is_length = [](double hours) { return hours > 0.0 && hours <= kYearHours; };
  if (auto status = check_over_time(outcome, variants, where); !status) return status;
  if (!is_length(outcome.mean_delay_hours)) return unfit(where, "mean_delay_hours must be in (0, 8784]");
  if (!is_length(outcome.horizon_hours)) return unfit(where, "horizon_hours must be in (0, 8784]");
  const bool whole = std::floor(outcome.lowest) == outcome.lowest && std::floor(outcome.highest) == outcome.highest;
  const double span = outcome.highest - outcome.lowest;
  if (!whole || !(span >= 0.0 && span <= 100.0) || !(std::fabs(outcome.lowest) <= 1e9)) {
    return unfit(where, "lowest and highest must be whole numbers, at most 100 apart");
  }
  return {};
}

Status check_attributes(const World& world) {
  std::set<std::string> names{"region"};
  for (const SimulatedAttribute& attribute : world.attributes) {
    const std::string where = "attributes/" + attribute.name;
    if (attribute.name.empty() || !names.insert(attribute.name).second) {
      return unfit(where, "attributes must be named, each once, and not region, which has a field of its own");
    }
    if (attribute.values.empty()) return unfit(where, "an attribute needs a value");
    for (const Json& value : attribute.values) {
      if (!value.is_string() && !value.is_number() && !value.is_bool())
        return unfit(where, "values are strings, numbers or bools");
    }
  }
  return {};
}

// Position in the world's lists of each of the experiment's variants.
Result<std::vector<std::size_t>> variant_positions(const World& world, const Experiment& experiment) {
  std::vector<std::size_t> positions;
  for (std::size_t v = 0; v < experiment.variants.size(); ++v) {
    const std::string& key = experiment.variants[v].key;
    if (world.variants.empty()) {
      positions.push_back(v);
      continue;
    }
    const auto known = std::find(world.variants.begin(), world.variants.end(), key);
    if (known == world.variants.end()) {
      return unfit("variants", "the world does not say what customers of variant " + key + " do",
                   "use the experiment that the world was made for, or name its variants");
    }
    positions.push_back(static_cast<std::size_t>(known - world.variants.begin()));
  }
  return positions;
}

/// Values by the world's variants as values by the experiment's; none stay none.
void reorder(const std::vector<std::size_t>& positions, std::vector<double>& values) {
  if (values.empty()) return;
  std::vector<double> ordered;
  for (const std::size_t position : positions) ordered.push_back(values[position]);
  values = std::move(ordered);
}

Attribute::Value attribute_value(const Json& value) {
  if (value.is_bool()) return value.as_bool();
  if (value.is_integer()) return value.as_integer();
  if (value.is_number()) return value.as_number();
  return std::string_view(value.as_string());
}

}  // namespace

Result<World> fit_world(const World& world, const Experiment& experiment) {
  if (world.customers_per_week < 1 || world.customers_per_week > 10'000'000) {
    return unfit("customers_per_week", "must be in [1, 10,000,000], not " + std::to_string(world.customers_per_week));
  }
  if (!(world.out_of_scope >= 0.0 && world.out_of_scope < 1.0)) return unfit("out_of_scope", "must be in [0, 1)");
  if (world.customers_per_cluster < 1) return unfit("customers_per_cluster", "must be at least 1");
  if (auto status = check_attributes(world); !status) return status.error();
  const auto positions = variant_positions(world, experiment);
  if (!positions) return positions.error();
  const std::size_t variants = world.variants.empty() ? experiment.variants.size() : world.variants.size();
  World fitted = world;
  std::set<std::string> kinds;
  for (SimulatedOutcome& outcome : fitted.outcomes) {
    if (auto status = check_outcome(outcome, variants); !status) return status.error();
    if (!kinds.insert(outcome.kind).second) return unfit("outcomes/" + outcome.kind, "an outcome kind is given twice");
    const std::vector<double> levels = outcome.level.empty() ? std::vector<double>(variants, 0.5) : outcome.level;
    const std::vector<double> probabilities = std::move(outcome.probability);
    outcome.probability.clear();
    outcome.level.clear();
    for (const std::size_t position : *positions) {
      outcome.probability.push_back(probabilities[position]);
      outcome.level.push_back(levels[position]);
    }
    reorder(*positions, outcome.delay_by_variant);
    reorder(*positions, outcome.late_factor);
  }
  if (!fitted.lost.empty()) {
    if (auto status = check_by_variant(fitted.lost, variants, "lost"); !status) return status.error();
    reorder(*positions, fitted.lost);
  }
  if (!is_share(fitted.cluster_alike)) return unfit("cluster_alike", "must be in [0, 1]");
  fitted.variants.clear();
  return fitted;
}

namespace {

double delay_of(const SimulatedOutcome& outcome, std::size_t variant) {
  return outcome.delay_by_variant.empty() ? outcome.mean_delay_hours : outcome.delay_by_variant[variant];
}

/// Share of the outcomes within the horizon that come before `hours`.
double share_before(const SimulatedOutcome& outcome, std::size_t variant, double hours) {
  const double mean = delay_of(outcome, variant);
  return std::expm1(-std::min(hours, outcome.horizon_hours) / mean) / std::expm1(-outcome.horizon_hours / mean);
}

double late_factor(const SimulatedOutcome& outcome, std::size_t variant) {
  return outcome.late_factor.empty() ? 1.0 : outcome.late_factor[variant];
}

double change_hours(const SimulatedOutcome& outcome) {
  return outcome.late_after_hours > 0.0 ? std::min(outcome.late_after_hours, outcome.horizon_hours)
                                        : outcome.horizon_hours;
}

}  // namespace

double probability_within(const SimulatedOutcome& outcome, std::size_t variant, double window_ms) {
  const double hours = std::min(window_ms / static_cast<double>(kMillisecondsPerHour), outcome.horizon_hours);
  if (hours <= 0.0) return 0.0;
  const double change = change_hours(outcome);
  const double early = share_before(outcome, variant, std::min(hours, change));
  const double late =
      hours > change ? share_before(outcome, variant, hours) - share_before(outcome, variant, change) : 0.0;
  return outcome.probability[variant] * (early + late_factor(outcome, variant) * late);
}

std::optional<double> draw_delay(const SimulatedOutcome& outcome, std::size_t variant, Random& random) {
  const double change = change_hours(outcome);
  const double early = outcome.probability[variant] * share_before(outcome, variant, change);
  const double all =
      probability_within(outcome, variant, outcome.horizon_hours * static_cast<double>(kMillisecondsPerHour));
  const double u = random.uniform();
  // Exponential delays have no memory: what comes late is a fresh one after the change.
  const bool is_late = u >= early;
  const double mean = delay_of(outcome, variant);
  const double hours = is_late && change < outcome.horizon_hours
                           ? change + random.truncated_exponential(mean, outcome.horizon_hours - change)
                           : random.truncated_exponential(mean, change);
  if (u >= all) return std::nullopt;
  return hours;
}

std::string unit_name(std::int64_t number) { return "customer-" + std::to_string(number); }

void Customer::draw(std::int64_t number, Random& random) {
  unit_ = unit_name(number);
  if (clustered_) cluster_ = "cluster-" + std::to_string(number / world_->customers_per_cluster);
  attributes_.clear();
  const bool elsewhere = random.uniform() < world_->out_of_scope;
  attributes_.push_back({"region", elsewhere ? std::string_view(kElsewhere) : std::string_view(world_->region)});
  for (const SimulatedAttribute& attribute : world_->attributes) {
    attributes_.push_back({attribute.name, attribute_value(attribute.values[random.below(attribute.values.size())])});
  }
}

Status check_scope(const World& world, const Experiment& experiment) {
  auto assigner = Assigner::compile(experiment);
  if (!assigner) return assigner.error();
  constexpr std::int64_t kTried = 1'000;
  Random random(world.seed);
  Customer customer(world, experiment);
  for (std::int64_t number = 0; number < kTried; ++number) {
    customer.draw(number, random);
    if (assigner->assign(customer.subject(), experiment.pilot.start).reason != AssignmentReason::kOutOfScope) return {};
  }
  return unfit("region", "no customer of this world is in the scope of experiment " + experiment.key,
               "give the world the region and the attributes that the experiment's scope asks for");
}

}  // namespace simulation

World payment_reminder_world(std::uint64_t seed) {
  World world;
  world.seed = seed;
  world.customers_per_week = 27'000;
  world.region = "east-2";
  world.variants = {"control", "urgent", "helpful"};
  world.attributes = {{"product", {"instalment"}}, {"days_overdue", {-3}}, {"tenure", {"new", "settled", "long"}}};
  SimulatedOutcome paid{"converted", {0.300, 0.315, 0.325}, 60.0, 7.0 * 24.0, 1.0, 1.0, {}};
  SimulatedOutcome complaint{"complaint", {0.0030, 0.0090, 0.0020}, 72.0, 14.0 * 24.0, 1.0, 1.0, {}};
  SimulatedOutcome repeat{"repeat_contact", {0.060, 0.085, 0.050}, 48.0, 7.0 * 24.0, 1.0, 1.0, {}};
  SimulatedOutcome opted_out{"opted_out", {0.0060, 0.0130, 0.0050}, 48.0, 14.0 * 24.0, 1.0, 1.0, {}};
  SimulatedOutcome csat{"csat", {0.10, 0.10, 0.10}, 30.0, 14.0 * 24.0, 1.0, 5.0, {0.60, 0.45, 0.70}};
  world.outcomes = {paid, complaint, repeat, opted_out, csat};
  return world;
}

}  // namespace tactful
