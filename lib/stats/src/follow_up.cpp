#include "tactful/stats/follow_up.hpp"

#include <algorithm>
#include <cmath>

#include "support.hpp"

namespace tactful::stats {
namespace {

constexpr std::int64_t kMaxUnits = std::int64_t{1} << 53;

Status check_horizon(std::int64_t horizon, std::int64_t least) {
  if (horizon < least || horizon > static_cast<std::int64_t>(FollowUp::kMaxDays)) {
    return out_of_range("horizon", real(horizon), "between " + std::to_string(least) + " and 36600 days");
  }
  return {};
}

Error not_followed(std::string_view where, std::int64_t day) {
  return insufficient(where, "nobody was still followed at day " + std::to_string(day),
                      "choose a shorter horizon or wait until units are older");
}

// One step of the product-limit estimate.
struct Step {
  double at_risk = 0.0;
  double events = 0.0;
  double competing = 0.0;
};

// Risk sets of days 0 .. last; days after the last record have nobody at risk.
std::vector<Step> steps_of(const FollowUp& arm, std::int64_t last) {
  std::vector<Step> steps(static_cast<std::size_t>(last) + 1);
  std::int64_t at_risk = arm.units();
  const auto days = arm.days();
  for (std::size_t d = 0; d < steps.size(); ++d) {
    if (d >= days.size()) break;
    steps[d] = {real(at_risk), real(days[d].events), real(days[d].competing)};
    at_risk -= days[d].events + days[d].competing + days[d].censored;
  }
  return steps;
}

// The interval of a probability on the complementary log-log scale.
Interval log_log_interval(double value, double variance, Level confidence) {
  if (!(value > 0.0 && value < 1.0)) return ordered(value > 0.0 ? value : 0.0, value < 1.0 ? 1.0 : value);
  const double log_free = std::log1p(-value);
  const double half = z_of(confidence) * std::sqrt(variance) / ((1.0 - value) * -log_free);
  return ordered(-std::expm1(log_free * std::exp(-half)), -std::expm1(log_free * std::exp(half)));
}

}  // namespace

Result<FollowUp> FollowUp::make(std::span<const std::int64_t> events, std::span<const std::int64_t> censored,
                                std::span<const std::int64_t> competing) {
  FollowUp arm;
  const std::size_t days = std::max({events.size(), censored.size(), competing.size()});
  if (days > kMaxDays) return out_of_range("events", static_cast<double>(days), "at most 36600 days");
  arm.days_.resize(days);
  const auto fill = [&](std::span<const std::int64_t> counts, std::int64_t Day::*field, std::string_view name) {
    for (std::size_t d = 0; d < counts.size(); ++d) {
      if (counts[d] < 0) return Status(out_of_range(name, real(counts[d]), "0 or more"));
      if (counts[d] > kMaxUnits - arm.units_) return Status(out_of_range(name, real(counts[d]), "below 2^53 in all"));
      arm.days_[d].*field = counts[d];
      arm.units_ += counts[d];
    }
    return Status();
  };
  if (auto status = fill(events, &Day::events, "events"); !status) return status.error();
  if (auto status = fill(censored, &Day::censored, "censored"); !status) return status.error();
  if (auto status = fill(competing, &Day::competing, "competing"); !status) return status.error();
  while (!arm.days_.empty() && arm.days_.back() == Day{}) arm.days_.pop_back();
  return arm;
}

Status FollowUp::merge(const FollowUp& other) {
  if (other.units_ > kMaxUnits - units_) return out_of_range("units", real(units_) + real(other.units_), "below 2^53");
  days_.resize(std::max(days_.size(), other.days_.size()));
  for (std::size_t d = 0; d < other.days_.size(); ++d) {
    days_[d].events += other.days_[d].events;
    days_[d].competing += other.days_[d].competing;
    days_[d].censored += other.days_[d].censored;
  }
  units_ += other.units_;
  return {};
}

Result<RestrictedMean> restricted_mean(const FollowUp& arm, std::int64_t horizon) {
  if (auto status = check_horizon(horizon, 1); !status) return status.error();
  if (arm.units() == 0) return insufficient("restricted_mean", "the arm has no unit");
  const auto steps = steps_of(arm, horizon - 1);
  std::vector<double> survival(steps.size());
  RestrictedMean result;
  double current = 1.0;
  double greenwood = 0.0;
  for (std::size_t d = 0; d < steps.size(); ++d) {
    const Step& s = steps[d];
    if (current > 0.0) {
      // Whoever is censored on the last day is known to be free of the event during that day only.
      if (s.at_risk == 0.0) return not_followed("restricted_mean", static_cast<std::int64_t>(d));
      current *= (s.at_risk - s.events) / s.at_risk;
      if (s.events < s.at_risk) greenwood += s.events / (s.at_risk * (s.at_risk - s.events));
    }
    survival[d] = current;
  }
  result.survival = current;
  result.survival_variance = current * current * greenwood;
  for (std::size_t d = steps.size(); d-- > 0;) {
    result.mean += survival[d];  // the area from day d to the horizon
    const Step& s = steps[d];
    if (s.events > 0.0 && s.events < s.at_risk) {
      result.variance += result.mean * result.mean * s.events / (s.at_risk * (s.at_risk - s.events));
    }
  }
  return result;
}

Result<RestrictedMeanTest> restricted_mean_test(const FollowUp& control, const FollowUp& treatment,
                                                std::int64_t horizon, Level confidence) {
  const auto c = restricted_mean(control, horizon);
  if (!c) return c.error();
  const auto t = restricted_mean(treatment, horizon);
  if (!t) return t.error();
  RestrictedMeanTest result{*c, *t, {}, {}};
  const double se = std::sqrt(c->variance + t->variance);
  if (!(se > 0.0)) return insufficient("restricted_mean_test", "no event varies in either arm before the horizon");
  const double difference = t->mean - c->mean;
  result.test = {difference, se, difference / se, normal_p_values(difference / se)};
  const double half = z_of(confidence) * se;
  result.interval = ordered(difference - half, difference + half);
  return result;
}

Result<CumulativeIncidence> cumulative_incidence(const FollowUp& arm, std::int64_t horizon, Level confidence) {
  if (auto status = check_horizon(horizon, 0); !status) return status.error();
  if (arm.units() == 0) return insufficient("cumulative_incidence", "the arm has no unit");
  const auto steps = steps_of(arm, horizon);
  CumulativeIncidence result;
  std::vector<double> free(steps.size() + 1, 1.0);  // before each day
  std::vector<double> competing(steps.size());
  double event = 0.0;
  double other = 0.0;
  for (std::size_t d = 0; d < steps.size(); ++d) {
    const Step& s = steps[d];
    double next = free[d];
    if (free[d] > 0.0) {
      if (s.at_risk == 0.0) return not_followed("cumulative_incidence", static_cast<std::int64_t>(d));
      event += free[d] * s.events / s.at_risk;
      other += free[d] * s.competing / s.at_risk;
      next *= (s.at_risk - s.events - s.competing) / s.at_risk;
    }
    free[d + 1] = next;
    result.by_day.push_back(event);
    competing[d] = other;
  }
  const auto variance_of = [&](std::span<const double> curve, double Step::*kind) {
    double sum = 0.0;
    for (std::size_t d = 0; d < steps.size(); ++d) {
      const double n = steps[d].at_risk;
      if (n == 0.0) continue;
      const double all = steps[d].events + steps[d].competing;
      const double own = steps[d].*kind;
      const double left = curve.back() - curve[d];
      if (all < n) sum += left * left * all / (n * (n - all));
      sum += free[d] * free[d] * (n - own) / n * own / (n * n) - 2.0 * left * free[d] * own / (n * n);
    }
    return std::max(0.0, sum);
  };
  const double v_event = variance_of(result.by_day, &Step::events);
  const double v_other = variance_of(competing, &Step::competing);
  result.event = {event, v_event, log_log_interval(event, v_event, confidence)};
  result.competing = {other, v_other, log_log_interval(other, v_other, confidence)};
  result.event_free = free.back();
  return result;
}

}  // namespace tactful::stats
