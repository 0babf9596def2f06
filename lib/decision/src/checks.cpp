#include "checks.hpp"

#include <algorithm>

namespace tactful {

std::vector<Check> run_checks(const CheckInput& input) {
  // Two tests can invalidate; they share the level.
  const bool tests_the_past = input.tally.source == TallySource::kEvents && !input.experiment.is_clustered();
  CheckInput shared{input.experiment, input.tally, input.randomisation, input.alpha / (tests_the_past ? 2.0 : 1.0),
                    input.stopped};
  std::vector<Check> checks;
  Check randomisation;
  randomisation.check = "randomisation";
  randomisation.detail = input.randomisation;
  checks.push_back(std::move(randomisation));
  checks.push_back(check_sample_ratio(shared));
  add_identity_checks(shared, checks);
  if (input.tally.source == TallySource::kEvents) checks.push_back(check_earlier_outcomes(shared));
  add_delivery_checks(shared, checks);
  return checks;
}

const Check* invalidating(const std::vector<Check>& checks) noexcept {
  const auto found = std::find_if(checks.begin(), checks.end(), [](const Check& check) {
    return check.invalidating && check.status == CheckStatus::kFail && !check.waived;
  });
  return found == checks.end() ? nullptr : &*found;
}

}  // namespace tactful
