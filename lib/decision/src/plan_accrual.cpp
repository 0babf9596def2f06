#include "plan_accrual.hpp"

#include <algorithm>

namespace tactful {
namespace {

constexpr double kDaysPerWeek = 7.0;

double fraction_at(const Experiment& experiment, TimeMs at) {
  double fraction = 0.0;
  for (const RampStep& step : experiment.ramp) {
    if (step.from <= at)
      fraction = static_cast<double>(step.fraction.millionths) / static_cast<double>(Fraction::kWhole);
  }
  return fraction;
}

}  // namespace

Accrual::Accrual(const Experiment& experiment, double weekly_units) : experiment_(&experiment) {
  const TimeMs start = experiment.pilot.start;
  for (TimeMs at = start; at < experiment.plan.enrolment_end; at += kMillisecondsPerDay) {
    const TimeMs length = std::min(kMillisecondsPerDay, experiment.plan.enrolment_end - at);
    const double fraction = fraction_at(experiment, at);
    const double part = static_cast<double>(length) / static_cast<double>(kMillisecondsPerDay);
    days_.push_back({at, weekly_units / kDaysPerWeek * fraction * part, fraction});
  }
}

double Accrual::enrolled(TimeMs at) const {
  double units = 0.0;
  for (const Day& day : days_) {
    const double part = static_cast<double>(at - day.start) / static_cast<double>(kMillisecondsPerDay);
    units += day.units * std::clamp(part, 0.0, 1.0);
  }
  return units;
}

double Accrual::mature(TimeMs at, TimeMs window) const {
  double units = 0.0;
  for (const Day& day : days_) units += day.start + kMillisecondsPerDay + window <= at ? day.units : 0.0;
  return units;
}

double Accrual::followed(TimeMs at, TimeMs window) const {
  double units = 0.0;
  for (const Day& day : days_) {
    const auto age = static_cast<double>(at - day.start - kMillisecondsPerDay / 2);
    units += day.units * std::clamp(age / static_cast<double>(window), 0.0, 1.0);
  }
  return units;
}

double Accrual::share(std::size_t variant) const {
  std::int64_t all = 0;
  for (const Variant& one : experiment_->variants) all += one.weight;
  return static_cast<double>(experiment_->variants[variant].weight) / static_cast<double>(all);
}

std::vector<double> Accrual::weekly_fractions() const {
  std::vector<double> fractions;
  for (std::size_t first = 0; first < days_.size(); first += 7) {
    double sum = 0.0;
    const std::size_t end = std::min(first + 7, days_.size());
    for (std::size_t i = first; i < end; ++i) sum += days_[i].fraction;
    fractions.push_back(sum / static_cast<double>(end - first));
  }
  return fractions;
}

}  // namespace tactful
