#include "tactful/decision/override.hpp"

#include "inputs.hpp"
#include "ledger_print.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

Result<int> run_override(const Arguments& arguments, Console& console) {
  const std::string file = *arguments.text("EXPERIMENT");
  const auto language = language_option(arguments);
  if (!language) return language.error();
  const auto experiment = load_experiment(file);
  if (!experiment) return experiment.error();
  const auto review = arguments.integer("--review", 0, 1, INT64_MAX);
  if (!review) return review.error();
  OverrideRequest request;
  if (arguments.has("--review")) request.review = *review;
  request.decision = *arguments.text("--decision");
  request.variant = arguments.text_or("--variant", "");
  request.by = *arguments.text("--by");
  request.role = arguments.text_or("--role", "");
  request.reason = *arguments.text("--reason");
  request.at = now_ms();
  const auto ledger = Ledger::read(Ledger::path_of(folder_of(file), experiment->key));
  if (!ledger) return ledger.error();
  const auto overridden = check_override(*experiment, *ledger, request);
  if (!overridden) return overridden.error();
  const std::string number = std::to_string(*overridden);
  const std::string decision =
      action_name(request.decision, *language) + (request.variant.empty() ? "" : " " + printable(request.variant));
  if (arguments.has("--dry-run")) {
    print_would(console, "would_override", experiment->key,
                say(*language, "would override review " + number + ": " + decision + "; nothing was changed",
                    "将推翻第 " + number + " 号评审：" + decision + "；什么都没有改变"));
    return kDone;
  }
  const auto entry = override_review(folder_of(file), *experiment, request);
  if (!entry) return entry.error();
  const std::string who = printable(entry->by);
  print_entry(
      console, *entry,
      say(*language,
          who + " decided against review " + number + ": " + decision + "; this stays beside every later report",
          who + " 推翻第 " + number + " 号评审：" + decision + "；此后每份报告都会显示"),
      *language);
  return kDone;
}

}  // namespace

Command override_command() {
  Command command;
  command.name = "override";
  command.summary = "Enters a decision against a review's recommendation, by name and with a reason, for ever.";
  command.examples = {
      {"tactful override payment-reminder.json --decision continue --by 'Wang Wei' --reason 'the complaints came from "
       "one wrong amount, mended on 12 May'",
       "Against a stop: the alarm stays visible."},
      {"tactful override payment-reminder.json --decision promote --variant helpful --by 'Wang Wei' --reason '...' "
       "--dry-run",
       "Whether it could be entered; changes nothing."}};
  command.positionals = {experiment_spec()};
  command.options = {{"--decision", "D", "promote, continue, stop or end_without_winner.", true},
                     {"--variant", "V", "Of a promotion: which variant."},
                     by_spec(),
                     {"--reason", "TEXT", "Why, in a sentence.", true},
                     role_spec(),
                     {"--review", "N", "Which review; default and only choice the latest of this version."},
                     dry_run_spec(),
                     language_spec()};
  command.details =
      "It does nothing by itself. After one to promote, the approvals must be given anew and tactful promote goes on; "
      "after one to stop, tactful stop stops. Shown alarms stay shown, and every later scorecard tells of the "
      "override.";
  command.next = "tactful approve and tactful promote, or tactful stop.";
  command.run = run_override;
  return command;
}

}  // namespace tactful::tools
