#include <algorithm>

#include "inputs.hpp"
#include "ledger_print.hpp"
#include "tactful/core/text.hpp"
#include "tactful/decision/promote.hpp"

namespace tactful::tools {
namespace {

Result<int> run_approve(const Arguments& arguments, Console& console) {
  const std::string file = *arguments.text("EXPERIMENT");
  const auto language = language_option(arguments);
  if (!language) return language.error();
  const auto experiment = load_experiment(file);
  if (!experiment) return experiment.error();
  const std::string variant = *arguments.text("--variant");
  if (const auto index = find_variant(*experiment, variant); !index) return index.error();
  const std::string role = *arguments.text("--role");
  const auto& roles = experiment->policy.approvals;
  if (!roles.empty() && std::find(roles.begin(), roles.end(), role) == roles.end()) {
    std::string names;
    for (const std::string& one : roles) names += (names.empty() ? "" : ", ") + one;
    const auto nearest = nearest_word(role, roles);
    return Error{ErrorCode::kInvalidArgument,
                 "the experiment's policy asks for no approval by the role \"" + printable(role) + "\"", "--role",
                 (nearest ? "did you mean " + *nearest + "? " : std::string()) + "it asks for " + names};
  }
  const ApproveRequest request{variant, *arguments.text("--by"), role, now_ms()};
  const std::string who = printable(request.by), what = printable(variant), as = printable(role);
  if (arguments.has("--dry-run")) {
    if (const Status good = check_approval(*experiment, request); !good) return good.error();
    print_would(console, "would_approve", experiment->key,
                say(*language, who + " (" + as + ") would approve promoting " + what + "; nothing was changed",
                    who + "（" + as + "）将批准推广 " + what + "；什么都没有改变"));
    return kDone;
  }
  const auto entry = approve(folder_of(file), *experiment, request);
  if (!entry) return entry.error();
  print_entry(
      console, *entry,
      say(*language, who + " (" + as + ") approved promoting " + what, who + "（" + as + "）已批准推广 " + what),
      *language);
  return kDone;
}

}  // namespace

Command approve_command() {
  Command command;
  command.name = "approve";
  command.summary = "Enters a role's approval of promoting a variant into the ledger.";
  command.examples = {{"tactful approve payment-reminder.json --variant helpful --role compliance --by 'Zhao Min'",
                       "One approval; policy.approvals says which roles must approve."}};
  command.positionals = {experiment_spec()};
  command.options = {{"--variant", "V", "Which variant is approved.", true},
                     {"--role", "R", "In which role.", true},
                     by_spec(),
                     dry_run_spec(),
                     language_spec()};
  command.details =
      "An approval counts for the version, the policy.approvals, the roll-out and the owner that it was given under. "
      "The owner "
      "cannot "
      "approve, and nobody counts for two roles.";
  command.next = "when every role has approved: tactful promote EXPERIMENT --store FILE --variant V --by NAME.";
  command.run = run_approve;
  return command;
}

}  // namespace tactful::tools
