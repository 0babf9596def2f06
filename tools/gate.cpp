#include "tactful/decision/promote.hpp"

#include <algorithm>

#include "evaluation.hpp"
#include "inputs.hpp"
#include "language.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

int gate_code(Action action) {
  switch (action) {
    case Action::kPromote:
      return kDone;
    case Action::kContinue:
      return kGateContinue;
    case Action::kStop:
      return kGateStop;
    case Action::kEndWithoutWinner:
      return kGateEndWithoutWinner;
    case Action::kInvalid:
      break;
  }
  return kGateInvalid;
}

struct Answer {
  Recommendation recommendation;
  std::string phase;
  Json overrides = Json::array();
  bool is_planned_look = false;
};

void print_answer(const Answer& answer, Language language, Console& console) {
  const Recommendation& recommendation = answer.recommendation;
  const int code = gate_code(recommendation.action);
  if (console.format == Format::kJson) {
    Json reasons = Json::array();
    for (const std::string& reason : recommendation.reasons) reasons.push_back(reason);
    Json object = Json::object();
    object.set("action", to_string(recommendation.action));
    object.set("variant", recommendation.variant.empty() ? Json() : Json(recommendation.variant));
    object.set("exit_code", code).set("phase", answer.phase).set("planned_look", answer.is_planned_look);
    object.set("reasons", std::move(reasons)).set("overrides", answer.overrides);
    if (!recommendation.continuing.empty()) {
      Json continuing = Json::array();
      for (const std::string& one : recommendation.continuing) continuing.push_back(one);
      object.set("continuing", std::move(continuing));
    }
    console.out.line(object.dump(2));
    return;
  }
  console.out.line(action_name(to_string(recommendation.action), language) +
                   (recommendation.variant.empty() ? "" : " " + printable(recommendation.variant)));
  for (const std::string& reason : recommendation.reasons)
    console.out.line("  - " + printable(in_language(reason, report_language(language))));
  for (const Json& one : answer.overrides.as_array()) {
    const std::string review = one.find("review")->dump(), by = printable(one.find("by")->as_string());
    const std::string decision = action_name(one.find("decision")->as_string(), language);
    const std::string reason = printable(one.find("reason")->as_string());
    console.out.line(say(language,
                         "  ! review " + review + " was overridden by " + by + ": " + decision + ": " + reason,
                         "  ! 第 " + review + " 号评审被 " + by + " 推翻：" + decision + "：" + reason));
  }
}

Result<Answer> answer_of(const Experiment& experiment, const Ledger& ledger, const Arguments& arguments,
                         const Console& console) {
  const auto lifecycle = lifecycle_of(experiment, ledger);
  if (!lifecycle) return lifecycle.error();
  Answer answer;
  if (lifecycle->state == Lifecycle::State::kStopped) {
    // Whatever the numbers of whatever phase say by now: it was stopped, and stays so.
    answer.recommendation.action = Action::kStop;
    answer.recommendation.reasons = {"the experiment was stopped on " +
                                     format_date(lifecycle->since, experiment.utc_offset) + " (tactful ledger show)"};
    answer.phase = lifecycle->phase;
    return answer;
  }
  const auto scorecard = evaluate_store(experiment, ledger, arguments, lifecycle->phase, console);
  if (!scorecard) return scorecard.error();
  const TimeMs now = std::max(now_ms(), scorecard->as_of);
  auto standing =
      standing_recommendation(folder_of(*arguments.text("EXPERIMENT")), experiment, *scorecard, ledger, now);
  if (!standing) return standing.error();
  answer.recommendation = *std::move(standing);
  answer.phase = scorecard->phase;
  answer.is_planned_look = scorecard->planned_look;
  const Json card = to_json(*scorecard);
  if (const Json* overrides = card.find("overrides")) answer.overrides = *overrides;
  return answer;
}

Result<int> run_gate(const Arguments& arguments, Console& console) {
  if (const Status source = check_one_source(arguments, "gate"); !source) return source.error();
  const std::string file = *arguments.text("EXPERIMENT");
  const auto language = language_option(arguments);
  if (!language) return language.error();
  const auto experiment = load_experiment(file);
  if (!experiment) return experiment.error();
  const auto ledger = ledger_beside(file, *experiment);
  if (!ledger) return ledger.error();
  const auto answer = answer_of(*experiment, *ledger, arguments, console);
  if (!answer) return answer.error();
  print_answer(*answer, *language, console);
  return gate_code(answer->recommendation.action);
}

}  // namespace

Command gate_command() {
  Command command;
  command.name = "gate";
  command.summary = "The recommendation as an exit code, for pipelines.";
  command.examples = {
      {"tactful gate payment-reminder.json --store pilot.db && deploy-next-step", "Goes on only at promote."},
      {"tactful gate payment-reminder.json --store pilot.db --json", "With the reasons, for a program."}};
  command.positionals = {{"EXPERIMENT", "The experiment file; the ledger lies beside it."}};
  command.options = {{"--store", "FILE", "The store with the events."}, language_spec()};
  for (OptionSpec& option : evaluation_options("the phase in force (default), pilot"))
    command.options.push_back(std::move(option));
  for (OptionSpec& option : counts_options()) command.options.push_back(std::move(option));
  command.details =
      "Exit codes: 0 promote (after promotion: the next step may be taken, or the wording stays), only where the "
      "latest "
      "review recommends it, no planned look has come due since, and neither an alarm nor a failed check shows now; 10 "
      "continue (also where a review is due), 11 stop "
      "(also where the ledger says stopped), 12 invalid, 13 end without winner; 1 to 5 are errors, as everywhere. An "
      "override does not change the code: it is told beside.";
  command.next = "tactful review, then tactful promote or tactful stop.";
  command.run = run_gate;
  return command;
}

}  // namespace tactful::tools
