// The scenario file.
#include "fuzz_target.hpp"
#include "tactful/wording/scenario.hpp"

TACTFUL_FUZZ_TARGET(scenarios) {
  using namespace tactful;
  const ScenarioFile file = parse_scenarios(input);
  fuzz::require(file.scenarios.has_value() != has_errors(file.diagnostics), "scenarios or an error");
  (void)describe(file.diagnostics, "scenarios.json");
}
