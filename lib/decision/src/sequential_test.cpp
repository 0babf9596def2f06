#include "sequential_test.hpp"

#include <algorithm>
#include <cmath>

#include "spending.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful {
namespace {

constexpr double kSameInformation = 1.0 + 1e-9;
constexpr double kLeastAlpha = 1e-12;
constexpr double kMostAlpha = 0.8;  // a p-value above it is told as 1

double information_of(const LookMetric& control, const LookMetric& treatment, bool is_clustered) {
  const auto c = static_cast<double>(mature_count(control, is_clustered));
  const auto t = static_cast<double>(mature_count(treatment, is_clustered));
  return c > 0.0 && t > 0.0 ? c * t / (c + t) : 0.0;
}

}  // namespace

LookShape shape_of(const Experiment& experiment, const LookData& data, std::size_t metric, std::size_t variant,
                   SpendingClock clock, std::size_t count, std::size_t from) {
  LookShape shape;
  if (!data.has_calendar) return {{1.0}, {1.0}};
  const TimeMs window = experiment.metrics[metric].window_ms;
  double spent = 0.0;
  for (std::size_t i = 0; i < std::min(count, data.taken.size()); ++i) {
    const Look& look = data.schedule.taken[i];
    // A time that was spent once is not given back, whatever the file's dates are now.
    const double time =
        std::max(spent, clock == SpendingClock::kCalendar ? look.calendar : maturity_of(experiment, look, window));
    spent = time;
    const auto& arms = data.taken[i]->arms;
    const double information = information_of(arms[0][metric], arms[variant][metric], experiment.is_clustered());
    if (i < from || time <= 0.0 || information <= 0.0) continue;
    while (!shape.information.empty() && information <= shape.information.back() * kSameInformation) {
      shape.times.pop_back();
      shape.information.pop_back();
    }
    // Units that came later than planned leave nothing more to spend.
    const double least = shape.times.empty() ? 0.0 : shape.times.back() + 1e-9;
    shape.times.push_back(std::max(time, least));
    shape.information.push_back(information);
  }
  return shape;
}

double BoundCache::compute(double alpha, AlphaSpending spending, const LookShape& shape) const {
  const stats::Spending family = group_spending(spending);
  if (shape.times.size() == 1) return stats::spent_alpha(family, alpha, shape.times[0]);
  const auto level = Level::make(alpha);
  if (!level) return 0.0;
  stats::SequentialPlan plan{shape.times, {}, *level, 1, family};
  for (const double information : shape.information) plan.information.push_back(information / shape.information.back());
  const auto bounds = stats::sequential_bounds(plan);
  return bounds ? bounds->nominal_p.back() : 0.0;
}

std::optional<double> BoundCache::nominal(double alpha, AlphaSpending spending, const LookShape& shape) {
  if (shape.times.empty() || !(alpha > 0.0)) return std::nullopt;
  const auto key = std::make_pair(std::make_pair(alpha, spending), shape);
  auto found = known_.find(key);
  if (found == known_.end()) found = known_.emplace(key, compute(alpha, spending, shape)).first;
  if (found->second < kLeastNominal) return std::nullopt;
  return found->second;
}

std::optional<double> BoundCache::nominal_of_rest(double alpha, AlphaSpending spending, double gone,
                                                  const LookShape& shape) {
  if (!(gone > 0.0)) return nominal(alpha, spending, shape);
  const double left = alpha - gone;
  if (!(left > 0.0)) return std::nullopt;
  LookShape rest;
  for (std::size_t i = 0; i < shape.times.size(); ++i) {
    const double time = (stats::spent_alpha(group_spending(spending), alpha, shape.times[i]) - gone) / left;
    if (!(time > (rest.times.empty() ? 0.0 : rest.times.back()))) {
      if (i + 1 == shape.times.size()) return std::nullopt;
      continue;
    }
    rest.times.push_back(std::min(1.0, time));
    rest.information.push_back(shape.information[i]);
  }
  return nominal(left, AlphaSpending::kLinear, rest);
}

std::optional<double> BoundCache::z_bound(double alpha, AlphaSpending spending, const LookShape& shape) {
  const auto level = nominal(alpha, spending, shape);
  if (!level) return std::nullopt;
  return stats::normal_upper_quantile(*level);
}

double BoundCache::repeated_p(double p, AlphaSpending spending, const LookShape& shape) {
  if (shape.times.empty() || p >= 1.0) return 1.0;
  if (shape.times.size() == 1 && shape.times[0] >= 1.0) return p;
  // The nominal level rises with alpha; on logarithms nearly in a straight line, so the secant finds where it is p in a
  // few steps. The bracket keeps it from leaving.
  const auto off = [&](double log_alpha) {
    return std::log(std::max(compute(std::exp(log_alpha), spending, shape), 1e-300)) - std::log(std::max(p, 1e-300));
  };
  double low = std::log(kLeastAlpha);
  double high = std::log(kMostAlpha);
  double x = high;
  double value = off(x);
  if (value <= 0.0) return 1.0;
  double slope = 1.0;
  for (int i = 0; i < 60; ++i) {
    double next = x - value / slope;
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    const double at_next = off(next);
    if (std::fabs(at_next) < 1e-7 || high - low < 1e-9) return std::exp(next);
    (at_next < 0.0 ? low : high) = next;
    const double found = (at_next - value) / (next - x);
    slope = found > 0.0 ? found : 1.0;
    x = next;
    value = at_next;
  }
  return std::exp(x);
}

}  // namespace tactful
