#pragma once

#include <optional>
#include <vector>

#include "plan_accrual.hpp"
#include "tactful/core/result.hpp"
#include "tactful/decision/plan_sheet.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// Sizes the tests of one plan.
class PlanSizing {
 public:
  PlanSizing(const Experiment& experiment, const PlanAssumptions& assumptions);

  [[nodiscard]] const Accrual& accrual() const noexcept { return accrual_; }
  /// Planned reviews, the last look included, ascending.
  [[nodiscard]] const std::vector<TimeMs>& looks() const noexcept { return looks_; }
  [[nodiscard]] double calendar(TimeMs at) const;
  /// Index of the treatment with the smallest share; the plan is sized for it.
  [[nodiscard]] std::size_t smallest_treatment() const noexcept { return treatment_; }

  /// Errors: kInsufficientData with the reason why the metric cannot be sized.
  [[nodiscard]] Result<PlannedTest> size(const Metric& metric) const;
  /// With another ratio margin than the file's. Errors: as size().
  [[nodiscard]] Result<PlannedTest> size_with_margin(const Metric& metric, double ratio) const;
  /// The smallest ratio margin that reaches `power` with the planned traffic; nothing up to 20.
  [[nodiscard]] std::optional<double> testable_ratio(const Metric& metric, double power) const;
  /// Errors: kInsufficientData without a baseline or without events.
  [[nodiscard]] Result<PlannedHarm> harm(const Metric& metric, double ratio) const;

 private:
  struct Inputs;
  [[nodiscard]] Result<Inputs> inputs(const Metric& metric) const;
  [[nodiscard]] Status size_by_events(const Inputs& in, PlannedTest& test) const;
  [[nodiscard]] Status size_by_normal(const Inputs& in, PlannedTest& test) const;
  [[nodiscard]] Result<PlannedTest> size_inputs(const Inputs& in) const;
  [[nodiscard]] std::vector<double> new_events(const Metric& metric, double control_rate, double ratio) const;
  [[nodiscard]] Result<std::optional<double>> weeks_for(double per_arm) const;

  const Experiment& experiment_;
  const PlanAssumptions& assumptions_;
  Accrual accrual_;
  std::vector<TimeMs> looks_;
  std::size_t treatment_ = 1;
  double wanted_power_ = 0.8;
};

}  // namespace tactful
