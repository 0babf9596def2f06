#pragma once

#include <vector>

#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// Units and events that a plan expects, by the ramp and the dates of the file; units come evenly over the day.
class Accrual {
 public:
  Accrual(const Experiment& experiment, double weekly_units);

  /// Units enrolled over all variants before `at`.
  [[nodiscard]] double enrolled(TimeMs at) const;
  /// Of them, units whose window has closed (whole exposure days).
  [[nodiscard]] double mature(TimeMs at, TimeMs window) const;
  /// Units, each counted by the part of its window that is over: expected first events are this times the rate.
  [[nodiscard]] double followed(TimeMs at, TimeMs window) const;
  /// Share of one variant.
  [[nodiscard]] double share(std::size_t variant) const;
  /// Fraction of the traffic in each week of enrolment, from the first.
  [[nodiscard]] std::vector<double> weekly_fractions() const;

 private:
  struct Day {
    TimeMs start = 0;
    double units = 0.0;
    double fraction = 0.0;
  };
  const Experiment* experiment_;
  std::vector<Day> days_;
};

}  // namespace tactful
