#include "tactful/experiment/ledger.hpp"

#include "evaluation.hpp"
#include "inputs.hpp"
#include "ledger_print.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"
#include "tactful/decision/review.hpp"

namespace tactful::tools {
namespace {

std::string_view state_name(Lifecycle::State state) {
  switch (state) {
    case Lifecycle::State::kStopped:
      return "stopped";
    case Lifecycle::State::kPromoted:
      return "promoted";
    case Lifecycle::State::kPilot:
      break;
  }
  return "pilot";
}

std::string state_text(const Lifecycle& state, Language language) {
  const std::string variant = state.variant.empty() ? "" : " " + printable(state.variant);
  std::string text = say(language, "state " + std::string(state_name(state.state)) + variant + ", phase " + state.phase,
                         (state.state == Lifecycle::State::kStopped    ? "状态：已停止"
                          : state.state == Lifecycle::State::kPromoted ? "状态：已推广" + variant
                                                                       : "状态：试点") +
                             "，阶段 " + state.phase);
  if (state.review_by) {
    const std::string by = format_date(*state.review_by);
    text += say(language, ", to be reviewed by " + by, "，最迟须在 " + by + " 评审");
  }
  for (const VariantStop& stop : state.stopped_variants) {
    const std::string what = printable(stop.variant), when = format_date(stop.at);
    text += say(language, ", " + what + " stopped by itself on " + when, "，" + what + " 已于 " + when + " 单独停止");
  }
  return text;
}

/// The body of an entry as one cell: a review's is long, and lies in its file.
std::string cell_of(const LedgerEntry& entry) {
  const Json* file = entry.body.find("file");
  if (entry.action != LedgerAction::kReview || file == nullptr || !file->is_string()) return entry.body.dump();
  Json cell = Json::object();
  for (const char* name : {"look", "as_of", "recommendation", "alarms", "file"}) {
    const Json* found = entry.body.find(name);
    if (found == nullptr) continue;
    const Json* action = found->find("action");
    cell.set(name, action == nullptr ? *found : *action);
  }
  return cell.dump();
}

/// The first error among the findings, with how many more; nothing where there is none.
std::optional<Error> first_error(const std::vector<ReviewFinding>& findings) {
  std::optional<Error> error;
  std::int64_t more = 0;
  for (const ReviewFinding& finding : findings) {
    if (!finding.is_error) continue;
    if (error) {
      ++more;
    } else {
      error = Error{ErrorCode::kInvalidExperiment, "review " + std::to_string(finding.review) + ": " + finding.message,
                    finding.where, finding.hint};
    }
  }
  if (error && more > 0)
    error->message += "; and " + counted(more, "more finding", "more findings") + " (tactful review --verify all)";
  return error;
}

void print_ledger(const std::string& what, const Experiment& experiment, const Ledger& ledger, const Lifecycle& state,
                  std::int64_t reviews, Language language, Console& console) {
  Table table{{"sequence", "at", "action", "by", "role", "body"}, {}};
  Json entries = Json::array();
  for (const LedgerEntry& entry : ledger.entries()) {
    table.rows.push_back(
        {entry.sequence, format_time(entry.at), to_string(entry.action), entry.by, entry.role, cell_of(entry)});
    entries.push_back(entry_to_json(entry));
  }
  const auto count = static_cast<std::int64_t>(ledger.entries().size());
  if (console.format == Format::kJson) {
    Json object = Json::object();
    object.set("experiment", experiment.key).set("entries", count).set("head", ledger.head());
    object.set("state", state_name(state.state)).set("variant", state.variant).set("phase", state.phase);
    object.set("step", state.step).set("review_by", state.review_by ? Json(format_time(*state.review_by)) : Json());
    object.set("reviews", reviews);
    Json stopped = Json::array();
    for (const VariantStop& stop : state.stopped_variants)
      stopped.push_back(Json::object().set("variant", stop.variant).set("at", format_time(stop.at)));
    object.set("stopped_variants", std::move(stopped));
    if (what == "show") object.set("ledger", entries);
    console.out.line(object.dump(2));
    return;
  }
  if (what == "show" && !table.rows.empty()) console.out.write(render(table, console.format));
  std::string says = count == 0 ? say(language, "no entries yet", "还没有记录")
                                : say(language, counted(count, "entry", "entries") + ", chain whole",
                                      std::to_string(count) + " 条记录，链完整");
  if (reviews > 0) {
    says += say(language, ", " + counted(reviews, "review", "reviews") + " reproduced to the last digit",
                "，" + std::to_string(reviews) + " 份评审逐位重现");
  }
  console.out.line(says + say(language, "; ", "；") + state_text(state, language));
  console.out.line(say(language, "head ", "链头 ") + ledger.head());
}

Result<int> run_ledger(const Arguments& arguments, Console& console) {
  const std::string what = *arguments.text("ACTION");
  if (what != "verify" && what != "show")
    return Error{ErrorCode::kInvalidArgument, "\"" + printable(what) + "\" is neither verify nor show", "ledger",
                 "for example: tactful ledger verify experiments/payment-reminder.json"};
  const auto language = language_option(arguments);
  if (!language) return language.error();
  const std::string file = *arguments.text("EXPERIMENT");
  const auto experiment = load_experiment(file);
  if (!experiment) return experiment.error();
  const auto ledger = ledger_beside(file, *experiment);
  if (!ledger) return ledger.error();
  const auto state = lifecycle_of(*experiment, *ledger);
  if (!state) return state.error();
  if (const auto expected = arguments.text("--head"); expected && *expected != ledger->head())
    return Error{ErrorCode::kInvalidExperiment,
                 "the head is " + ledger->head() + ", not the one given: entries were cut off or added",
                 Ledger::path_of(folder_of(file), experiment->key).string(),
                 "compare with the head printed by the last review"};
  const auto history = history_of(*experiment, *ledger);
  if (!history) return history.error();
  std::int64_t reviews = 0;
  if (what == "verify") {
    const auto findings = verify_reviews(folder_of(file), *experiment, *ledger);
    if (!findings) return findings.error();
    for (const ReviewFinding& finding : *findings) {
      if (!finding.is_error) console.warn("warning: " + finding.where + ": " + finding.message + "\n  " + finding.hint);
    }
    if (const auto error = first_error(*findings)) return *error;
    reviews = static_cast<std::int64_t>(history->reviews.size());
  }
  if (ledger->torn_bytes() > 0)
    console.warn("warning: " + std::to_string(ledger->torn_bytes()) +
                 " bytes of an append that was cut off; never acknowledged");
  print_ledger(what, *experiment, *ledger, *state, reviews, *language, console);
  return kDone;
}

}  // namespace

Command ledger_command() {
  Command command;
  command.name = "ledger";
  command.summary = "Verifies or shows the hash-chained record of reviews, approvals, overrides, stops and promotions.";
  command.examples = {{"tactful ledger verify payment-reminder.json",
                       "Whether no entry and no frozen review was edited; prints the head to keep."},
                      {"tactful ledger show payment-reminder.json", "Every entry."},
                      {"tactful ledger verify payment-reminder.json --head 3f9a...",
                       "Whether the head is still the one you noted: shows truncation."}};
  command.positionals = {{"ACTION", "verify or show."}, experiment_spec()};
  command.options = {{"--head", "HASH", "The head that a review printed."}, language_spec()};
  command.details =
      "A broken chain or an edited review ends with exit code 3. verify makes every frozen review again from its own "
      "tally. The chain shows edits; only comparing heads shows entries cut off the end.";
  command.next = "tactful review, tactful approve, tactful promote, tactful stop.";
  command.run = run_ledger;
  return command;
}

}  // namespace tactful::tools
