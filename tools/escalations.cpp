#include "escalations.hpp"

#include "contact_files.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {

Result<std::optional<Escalations>> escalations_of(const Arguments& arguments, const std::filesystem::path& folder,
                                                  const Experiment& experiment, TimeMs now, Console& console) {
  if (!arguments.has("--state")) return std::optional<Escalations>{};
  const auto policies = load_contact_policies(folder);
  if (!policies) return policies.error();
  const auto state = open_contact_state(arguments, console, true, false);
  if (!state) return state.error();
  const auto steps = (*state)->due(*policies, now);
  if (!steps) return steps.error();
  Escalations found;
  for (const DueStep& step : *steps) {
    if (step.step.action != LadderStep::Action::kEscalate || step.awaiting.experiment != experiment.key) continue;
    ++found.due;
    found.overdue += step.is_overdue ? 1 : 0;
  }
  return std::optional<Escalations>{found};
}

std::string in_words(const Escalations& escalations, const Experiment& experiment) {
  if (escalations.due == 0) return "Escalations: none is due.";
  return "Escalations: " + grouped(escalations.due) + " due, " + grouped(escalations.overdue) +
         " of them overdue; accountable: " + printable(experiment.accountable) + ". tactful due lists them.";
}

}  // namespace tactful::tools
