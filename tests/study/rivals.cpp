#include "rivals.hpp"

#include <algorithm>
#include <cmath>

#include "tactful/stats/anytime.hpp"
#include "tactful/stats/exact.hpp"
#include "tactful/stats/group_sequential.hpp"
#include "tactful/stats/harm_monitor.hpp"
#include "tactful/stats/two_proportions.hpp"

namespace tactful::study {
namespace {

constexpr double kAlpha = 0.05;
constexpr double kTwoSided = 1.959963984540054;

struct Difference {
  double estimate = 0.0;
  double variance = 0.0;  ///< Of the estimate, unpooled.
  double units = 0.0;
  [[nodiscard]] double se() const { return std::sqrt(variance); }
};

Difference difference(const Counts& c) {
  const auto n_c = static_cast<double>(c.control_units);
  const auto n_t = static_cast<double>(c.treatment_units);
  const double p_c = static_cast<double>(c.control_events) / n_c;
  const double p_t = static_cast<double>(c.treatment_events) / n_t;
  return {p_t - p_c, p_c * (1.0 - p_c) / n_c + p_t * (1.0 - p_t) / n_t, n_c + n_t};
}

bool naive(const Counts& c) {
  const auto pair =
      stats::make_pair_of_counts(c.control_events, c.control_units, c.treatment_events, c.treatment_units);
  if (!pair) return false;
  const auto test = stats::pooled_z_test(*pair);
  return test && test->z > kTwoSided;
}

bool bonferroni(const Counts& c, std::size_t reviews) {
  const auto pair =
      stats::make_pair_of_counts(c.control_events, c.control_units, c.treatment_events, c.treatment_units);
  return pair && c.control_events + c.treatment_events > 0 &&
         stats::fisher_exact(*pair).p_greater <= kAlpha / static_cast<double>(reviews);
}

bool asymptotic(const Counts& c, double n_opt, bool one_sided) {
  const Difference d = difference(c);
  if (d.variance <= 0.0) return false;
  const auto sequence = stats::asymptotic_sequence(d.estimate, d.se(), d.units, *Level::make(kAlpha), n_opt);
  return sequence && (one_sided ? sequence->lower_one_sided : sequence->interval.low()) > 0.0;
}

bool statsig(const Counts& c) {
  const Difference d = difference(c);
  if (d.variance <= 0.0) return false;
  const auto n_c = static_cast<double>(c.control_units);
  const auto n_t = static_cast<double>(c.treatment_units);
  const double p_c = static_cast<double>(c.control_events) / n_c;
  const double p_t = static_cast<double>(c.treatment_events) / n_t;
  const double tau = kTwoSided * kTwoSided * (p_c * (1.0 - p_c) + p_t * (1.0 - p_t)) / (n_c + n_t);
  const double v = d.variance;
  const double bound = std::sqrt((v + tau) / tau * (-2.0 * std::log(kAlpha) - std::log(v / (v + tau))));
  return d.estimate / d.se() > bound;
}

int spotify(const std::vector<Counts>& reviews) {
  stats::SequentialPlan plan{{}, {}, *Level::make(kAlpha), 1, {stats::Spending::Family::kPower, 2.0}};
  const auto last = static_cast<double>(reviews.back().control_units + reviews.back().treatment_units);
  std::vector<std::size_t> look;
  for (std::size_t k = 0; k < reviews.size(); ++k) {
    const double t = static_cast<double>(reviews[k].control_units + reviews[k].treatment_units) / last;
    if (!plan.spending_times.empty() && t <= plan.spending_times.back()) {
      look.push_back(look.back());  // nobody came since: the bound of the look before
      continue;
    }
    plan.spending_times.push_back(t);
    look.push_back(plan.spending_times.size() - 1);
  }
  const auto bounds = stats::sequential_bounds(plan);
  if (!bounds) return 0;
  for (std::size_t k = 0; k < reviews.size(); ++k) {
    const Difference d = difference(reviews[k]);
    if (d.variance > 0.0 && d.estimate / d.se() >= bounds->z[look[k]]) return static_cast<int>(k) + 1;
  }
  return 0;
}

std::vector<stats::HarmLook> harm_looks(const std::vector<Counts>& reviews, bool mature) {
  std::vector<stats::HarmLook> looks;
  std::int64_t control = 0;
  std::int64_t treatment = 0;
  for (const Counts& c : reviews) {
    const std::int64_t now_c = mature ? c.control_mature : c.control_events;
    const std::int64_t now_t = mature ? c.treatment_mature : c.treatment_events;
    looks.push_back({c.time, {{1.0, 1.0, now_t - treatment, now_c - control}}});
    control = now_c;
    treatment = now_t;
  }
  return looks;
}

template <typename Rule>
int first(const std::vector<Counts>& reviews, Rule alarm) {
  for (std::size_t k = 0; k < reviews.size(); ++k) {
    if (reviews[k].control_units > 0 && reviews[k].treatment_units > 0 && alarm(reviews[k]))
      return static_cast<int>(k) + 1;
  }
  return 0;
}

}  // namespace

std::string_view name_of(Rival rival) {
  switch (rival) {
    case Rival::kNaive:
      return "repeated z, 5 % two-sided";
    case Rival::kBonferroni:
      return "Fisher, Bonferroni";
    case Rival::kGrowthBook:
      return "GrowthBook one-sided CS";
    case Rival::kEppo:
      return "Eppo CS";
    case Rival::kStatsig:
      return "Statsig mSPRT";
    case Rival::kSpotify:
      return "Spotify, alpha t^2";
    case Rival::kEProcess:
      return "e-process alone";
    case Rival::kMatureOnly:
      return "mature units only";
  }
  return "";
}

bool is_valid(Rival rival) { return rival != Rival::kNaive; }

int first_alarm(Rival rival, const std::vector<Counts>& reviews) {
  switch (rival) {
    case Rival::kNaive:
      return first(reviews, naive);
    case Rival::kBonferroni:
      return first(reviews, [&](const Counts& c) { return bonferroni(c, reviews.size()); });
    case Rival::kGrowthBook:
      return first(reviews, [](const Counts& c) { return asymptotic(c, 5'000.0, true); });
    case Rival::kEppo:
      return first(reviews, [](const Counts& c) { return asymptotic(c, 10'000.0, false); });
    case Rival::kStatsig:
      return first(reviews, statsig);
    case Rival::kSpotify:
      return spotify(reviews);
    case Rival::kEProcess: {
      const auto evidence = stats::harm_eprocess(*Level::make(kAlpha), 1.0, harm_looks(reviews, false));
      return evidence ? evidence->first_rejection.value_or(0) : 0;
    }
    case Rival::kMatureOnly: {
      const stats::HarmPlan plan{*Level::make(kAlpha), stats::HarmSpending::kLinear, 1.0, stats::Alternative::kGreater};
      const auto monitor = stats::exact_harm_monitor(plan, harm_looks(reviews, true));
      return monitor ? monitor->stopped_at.value_or(0) : 0;
    }
  }
  return 0;
}

}  // namespace tactful::study
