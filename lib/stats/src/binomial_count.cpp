#include "tactful/stats/binomial_count.hpp"

#include <string>

#include "support.hpp"

namespace tactful::stats {

Result<BinomialCount> BinomialCount::make(std::int64_t successes, std::int64_t trials, std::string_view name) {
  const std::string label(name);
  if (trials <= 0 || trials > kMaxTrials) {
    return invalid_argument(name, label + " has " + std::to_string(trials) + " trials, it must have 1 to 2^53");
  }
  if (successes < 0 || successes > trials) {
    return invalid_argument(name, label + " has " + std::to_string(successes) + " successes of " +
                                      std::to_string(trials) + " trials, they must lie between 0 and the trials");
  }
  return BinomialCount(successes, trials);
}

double ProportionPair::difference() const noexcept {
  const Int128 numerator =
      Int128{treatment.successes()} * control.trials() - Int128{control.successes()} * treatment.trials();
  return static_cast<double>(numerator) /
         (static_cast<double>(control.trials()) * static_cast<double>(treatment.trials()));
}

Result<ProportionPair> make_pair_of_counts(std::int64_t control_successes, std::int64_t control_trials,
                                           std::int64_t treatment_successes, std::int64_t treatment_trials) {
  auto control = BinomialCount::make(control_successes, control_trials, "control");
  if (!control) return control.error();
  auto treatment = BinomialCount::make(treatment_successes, treatment_trials, "treatment");
  if (!treatment) return treatment.error();
  return ProportionPair{*control, *treatment};
}

}  // namespace tactful::stats
