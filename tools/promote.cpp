#include "tactful/decision/promote.hpp"

#include <algorithm>

#include "evaluation.hpp"
#include "inputs.hpp"
#include "language.hpp"
#include "numbers.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

Error refused(const std::string& variant, const std::vector<std::string>& reasons, const std::string& file) {
  std::string message = "cannot promote " + printable(variant) + ":";
  for (const std::string& reason : reasons) message += "\n  - " + reason;
  return {ErrorCode::kRefused, message, file, "the whole picture: tactful evaluate " + file + " --store FILE"};
}

/// What a promotion would do, for the question and the answer.
struct Outlook {
  std::string says;       ///< Who gets what.
  std::string step;       ///< "step 1 of 3".
  std::string review_by;  ///< A date.
};

std::string share(Fraction fraction) { return percent(fraction.millionths / double{Fraction::kWhole}); }

Result<Outlook> outlook_of(const Experiment& experiment, const Ledger& ledger, const PromoteRequest& request,
                           Language language) {
  const auto lifecycle = lifecycle_of(experiment, ledger);
  if (!lifecycle) return lifecycle.error();
  const auto next = next_step(experiment.policy, *lifecycle);
  const RolloutStep step = next.value_or(RolloutStep{});
  const Fraction holdback = request.holdback.value_or(next ? next->holdback : lifecycle->holdback);
  const Fraction given{Fraction::kWhole - holdback.millionths};
  const std::string variant = printable(request.variant), control = printable(experiment.control().key);
  const Phase phase{"", request.variant, holdback, step.step, request.at, std::nullopt, ""};
  const std::string steps = std::to_string(step.step), of = std::to_string(step.steps);
  return Outlook{
      say(language,
          share(given) + " of the customers in scope get " + variant + ", " + share(holdback) + " stay on " + control,
          "范围内 " + share(given) + " 的客户收到 " + variant + "，" + share(holdback) + " 留在 " + control),
      say(language, "step " + steps + " of " + of, "第 " + steps + " 步，共 " + of + " 步"),
      format_date(review_by(experiment, phase), experiment.utc_offset)};
}

void print_promotion(Console& console, const LedgerEntry& entry, const Outlook& outlook, Language language) {
  if (console.format == Format::kJson) {
    Json object = Json::object();
    object.set("promoted", true).set("sequence", entry.sequence).set("at", format_time(entry.at)).set("by", entry.by);
    object.set("experiment", entry.experiment).set("body", entry.body).set("head", entry.hash);
    console.out.line(object.dump(2));
    return;
  }
  console.out.line(say(language, "promoted (" + outlook.step + "): from the senders' next reload on " + outlook.says,
                       "已推广（" + outlook.step + "）：发送程序下次重新加载后，" + outlook.says));
  console.out.line(
      say(language, "to be reviewed again by " + outlook.review_by, "最迟须在 " + outlook.review_by + " 重新评审"));
  if (const Json* override_entry = entry.body.find("override")) {
    console.out.line(say(language,
                         "against the recommendation, by the override in ledger entry " + override_entry->dump(),
                         "违背建议，依据账本第 " + override_entry->dump() + " 条的推翻决定"));
  }
  console.out.line(say(language, "ledger entry " + std::to_string(entry.sequence) + ", head " + entry.hash,
                       "账本第 " + std::to_string(entry.sequence) + " 条，链头 " + entry.hash));
}

Status ask(const Arguments& arguments, const Console& console, const std::string& says, Language language) {
  if (arguments.has("--yes")) return {};
  if (!console.interactive)
    return Error{ErrorCode::kInvalidArgument, "promoting needs --yes where nobody can be asked", "--yes",
                 "or look first with --dry-run"};
  if (console.confirm(say(language, "Promote? " + says + ".", "推广？" + says + "。"))) return {};
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

void print_dry_run(Console& console, const PromoteRequest& request, const Outlook& outlook, Language language) {
  if (console.format == Format::kJson) {
    console.out.line(Json::object()
                         .set("promoted", false)
                         .set("would_promote", true)
                         .set("variant", request.variant)
                         .set("review_by", outlook.review_by)
                         .dump(2));
    return;
  }
  console.out.line(say(language,
                       "nothing stands in the way of " + outlook.step + ": " + outlook.says + "; nothing was changed",
                       outlook.step + "没有障碍：" + outlook.says + "；什么都没有改变"));
}

Result<int> promote_file(const std::string& file, const Experiment& experiment, PromoteRequest request,
                         const Arguments& arguments, Console& console) {
  const auto language = language_option(arguments);
  if (!language) return language.error();
  const auto ledger = ledger_beside(file, experiment);
  if (!ledger) return ledger.error();
  const auto lifecycle = lifecycle_of(experiment, *ledger);
  if (!lifecycle) return lifecycle.error();
  // What has nothing to do with numbers is said before they are asked for: the phase may have none.
  if (lifecycle->state == Lifecycle::State::kStopped)
    return refused(request.variant, {"the experiment is stopped"}, file);
  const auto scorecard = evaluate_store(experiment, *ledger, arguments, lifecycle->phase, console);
  if (!scorecard) return scorecard.error();
  // The scorecard's moment is not later than the clock was; a clock set back in between must not make it so.
  request.at = std::max(now_ms(), scorecard->as_of);
  const auto reasons = promotion_obstacles(folder_of(file), experiment, *scorecard, *ledger, request);
  if (!reasons) return reasons.error();
  if (!reasons->empty()) return refused(request.variant, *reasons, file);
  const auto outlook = outlook_of(experiment, *ledger, request, *language);
  if (!outlook) return outlook.error();
  if (arguments.has("--dry-run")) {
    print_dry_run(console, request, *outlook, *language);
    return kDone;
  }
  if (const Status agreed = ask(arguments, console, outlook->says, *language); !agreed) return agreed.error();
  request.at = std::max(now_ms(), scorecard->as_of);
  const auto entry = promote(folder_of(file), experiment, *scorecard, request);
  if (!entry) return entry.error();
  print_promotion(console, *entry, *outlook, *language);
  return kDone;
}

Result<int> run_promote(const Arguments& arguments, Console& console) {
  if (const Status source = check_one_source(arguments, "promote"); !source) return source.error();
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
  return promote_file(file, *experiment, std::move(request), arguments, console);
}

}  // namespace

Command promote_command() {
  Command command;
  command.name = "promote";
  command.summary = "Promotes the recommended variant, when the evidence and the approvals stand.";
  command.examples = {
      {"tactful promote payment-reminder.json --store pilot.db --variant helpful --by 'Wang Wei' --dry-run",
       "Whether anything stands in the way."},
      {"tactful promote payment-reminder.json --store pilot.db --variant helpful --by 'Wang Wei' --yes",
       "Enters the promotion into the ledger, or its next step when the variant is promoted already."}};
  command.positionals = {{"EXPERIMENT", "The experiment file; the ledger lies beside it."}};
  command.options = {
      {"--store", "FILE", "The store with the events."},
      {"--variant", "V", "Which variant.", true},
      {"--by", "NAME", "Who promotes; written down as declared, not authenticated.", true},
      {"--role", "R", "In which role."},
      {"--holdback", "SHARE", "Share that stays on control, below 1; default that of the next step, never less."},
      {"--dry-run", "", "Say what would happen, change nothing."},
      {"--yes", "", "Do not ask; required where nobody can be asked."},
      language_spec()};
  for (OptionSpec& option : evaluation_options("the phase in force (default), pilot"))
    command.options.push_back(std::move(option));
  for (OptionSpec& option : counts_options()) command.options.push_back(std::move(option));
  command.details =
      "Rests on the latest review, and evaluates now only for alarms and failed checks. Refuses, with every reason and "
      "exit code 1 (code refused), unless that review "
      "recommends the variant, its frozen file is whole, no planned look has come due since, every "
      "role of policy.approvals has approved it, and at least one other person than you has. A promotion goes by "
      "steps: "
      "policy.rollout, then policy.holdback, then policy.final_holdback; each is a phase of its own, and the next is "
      "taken only when the last one showed no harm. Against the recommendation only after tactful override.";
  command.next =
      "senders take it up at their next reload; watch the phase with tactful review; tactful demote takes it back.";
  command.run = run_promote;
  return command;
}

}  // namespace tactful::tools
