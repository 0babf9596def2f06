#include "tactful/decision/promote.hpp"

#include <algorithm>

#include "evaluation.hpp"
#include "inputs.hpp"
#include "numbers.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

Error refused(const std::string& variant, const std::vector<std::string>& reasons, const std::string& file) {
  std::string message = "cannot promote " + printable(variant) + ":";
  for (const std::string& reason : reasons) message += "\n  - " + reason;
  return {ErrorCode::kRefused, message, file, "the whole picture: tactful evaluate " + file + " --store FILE"};
}

std::string consequence(const Experiment& experiment, const std::string& variant, Fraction holdback) {
  return percent(1.0 - holdback.millionths / double{Fraction::kWhole}) + " of the customers in scope get " +
         printable(variant) + ", " + percent(holdback.millionths / double{Fraction::kWhole}) + " stay on " +
         printable(experiment.control().key);
}

void print_promotion(Console& console, const LedgerEntry& entry, const std::string& says) {
  if (console.format == Format::kJson) {
    Json object = Json::object();
    object.set("promoted", true).set("sequence", entry.sequence).set("at", format_time(entry.at)).set("by", entry.by);
    object.set("experiment", entry.experiment).set("body", entry.body).set("head", entry.hash);
    console.out.line(object.dump(2));
    return;
  }
  console.out.line("promoted: from the senders' next reload on " + says);
  console.out.line("ledger entry " + std::to_string(entry.sequence) + ", head " + entry.hash);
}

Status ask(const Arguments& arguments, const Console& console, const std::string& says) {
  if (arguments.has("--yes")) return {};
  if (!console.interactive)
    return Error{ErrorCode::kInvalidArgument, "promoting needs --yes where nobody can be asked", "--yes",
                 "or look first with --dry-run"};
  if (console.confirm("Promote? " + says + ".")) return {};
  return Error{ErrorCode::kRefused, "not promoted: you said no", "", ""};
}

Result<std::optional<Fraction>> holdback_option(const Arguments& arguments) {
  auto share = fraction_option(arguments, "--holdback");
  if (share && share->value_or(Fraction{}).millionths == Fraction::kWhole) {
    return Error{ErrorCode::kInvalidArgument, "with all customers on control nobody gets the promoted variant",
                 "--holdback", "a share of at least 0 and below 1"};
  }
  return share;
}

Result<int> run_promote(const Arguments& arguments, Console& console) {
  const std::string file = *arguments.text("EXPERIMENT"), variant = *arguments.text("--variant");
  const auto experiment = load_experiment(file);
  if (!experiment) return experiment.error();
  if (const auto index = find_variant(*experiment, variant); !index) return index.error();
  const auto holdback = holdback_option(arguments);
  if (!holdback) return holdback.error();
  PromoteRequest request;
  request.variant = variant;
  request.by = *arguments.text("--by");
  request.role = arguments.text_or("--role", "");
  request.holdback = *holdback;
  const auto ledger = Ledger::read(Ledger::path_of(folder_of(file), experiment->key));
  if (!ledger) return ledger.error();
  const auto scorecard = evaluate_store(*experiment, arguments, console);
  if (!scorecard) return scorecard.error();
  // The scorecard's moment is not later than the clock was; a clock set back in between must not make it so.
  request.at = std::max(now_ms(), scorecard->as_of);
  const auto reasons = promotion_obstacles(*experiment, *scorecard, *ledger, request);
  if (!reasons) return reasons.error();
  if (!reasons->empty()) return refused(variant, *reasons, file);
  const std::string says = consequence(*experiment, variant, holdback->value_or(experiment->policy.holdback));
  if (arguments.has("--dry-run")) {
    if (console.format == Format::kJson) {
      console.out.line(Json(Json::Object{{"promoted", false}, {"would_promote", true}, {"variant", variant}}).dump(2));
    } else {
      console.out.line("nothing stands in the way: " + says + "; nothing was changed");
    }
    return kDone;
  }
  if (const Status agreed = ask(arguments, console, says); !agreed) return agreed.error();
  request.at = std::max(now_ms(), scorecard->as_of);
  const auto entry = promote(folder_of(file), *experiment, *scorecard, request);
  if (!entry) return entry.error();
  print_promotion(console, *entry, says);
  return kDone;
}

}  // namespace

Command promote_command() {
  Command command;
  command.name = "promote";
  command.summary = "Promotes the recommended variant, when the evidence and the approvals stand.";
  command.examples = {
      {"tactful promote payment-reminder.json --store pilot.db --variant helpful --by 'Wang Wei' --dry-run",
       "Whether anything stands in the way."},
      {"tactful promote payment-reminder.json --store pilot.db --variant helpful --by 'Wang Wei' --holdback 0.2 "
       "--yes",
       "Enters the promotion into the ledger; one in five stays on control to be compared with."}};
  command.positionals = {{"EXPERIMENT", "The experiment file; the ledger lies beside it."}};
  command.options = {
      {"--store", "FILE", "The store with the pilot's events.", true},
      {"--variant", "V", "Which variant.", true},
      {"--by", "NAME", "Who promotes; written down as declared, not authenticated.", true},
      {"--role", "R", "In which role."},
      {"--holdback", "SHARE", "Share that stays on control, at least 0 and below 1; default the policy's."},
      {"--dry-run", "", "Say what would happen, change nothing."},
      {"--yes", "", "Do not ask; required where nobody can be asked."}};
  for (OptionSpec& option : evaluation_options()) command.options.push_back(std::move(option));
  command.details =
      "Evaluates first. Refuses, with every reason and exit code 1 (code refused), unless the variant is the "
      "recommended one, every "
      "role of policy.approvals has approved it, and at least one other person than you has.";
  command.next =
      "senders take it up at their next reload; tactful ledger verify prints the head to keep; tactful stop takes it "
      "back.";
  command.run = run_promote;
  return command;
}

}  // namespace tactful::tools
