#include "tactful/decision/evaluate.hpp"

#include <algorithm>

#include "evaluation.hpp"
#include "holdout.hpp"
#include "inputs.hpp"
#include "tactful/core/text.hpp"
#include "tactful/tally/counts.hpp"

namespace tactful::tools {

namespace {

Result<int> evaluate_counts(const Arguments& arguments, Language language, Console& console) {
  const std::string file = *arguments.text("--counts");
  const auto encoding = encoding_option(arguments);
  if (!encoding) return encoding.error();
  const auto counts = read_counts(file, *encoding);
  if (!counts) return counts.error();
  const auto wanted = arguments.text("--experiment");
  std::vector<Scorecard> scorecards;
  std::vector<std::string> known;
  for (const CountsTally& one : *counts) {
    known.push_back(one.experiment.key);
    if (wanted && one.experiment.key != *wanted) continue;
    auto scorecard = evaluate(one.experiment, one.tally, evaluate_options(arguments));
    if (!scorecard) {
      Error error = scorecard.error();
      error.where = error.where.empty() ? file + ": " + one.experiment.key : error.where;
      return error;
    }
    scorecards.push_back(std::move(scorecard).value());
  }
  if (scorecards.empty() && wanted) {
    const auto nearest = nearest_word(*wanted, known);
    std::string names;
    for (const std::string& one : known) names += (names.empty() ? "" : ", ") + one;
    return Error{ErrorCode::kNotFound, "the file has no experiment \"" + printable(*wanted) + "\"", file,
                 nearest ? "did you mean " + printable(*nearest) + "?" : "it has " + names};
  }
  if (scorecards.empty()) return Error{ErrorCode::kInsufficientData, "the file has no counts", file, ""};
  print_scorecards(scorecards, language, console);
  console.note(
      say(language,
          "no ledger was asked whether the look of these counts was taken: tactful evaluate EXPERIMENT --counts "
          "FILE asks it",
          "没有查询账本这些计数的评审是否已进行：请用 tactful evaluate EXPERIMENT --counts FILE"));
  return kDone;
}

// An option that would do nothing is refused: whoever gave it believes that it did something.
Status check_options(const Arguments& arguments) {
  if (arguments.has("--counts")) {
    if (arguments.has("--store"))
      return Error{ErrorCode::kInvalidArgument, "a store and counts are two sources of the same numbers", "--store",
                   "give one of them"};
    if (arguments.has("EXPERIMENT") && arguments.has("--experiment"))
      return Error{ErrorCode::kInvalidArgument, "the experiment file names the experiment", "--experiment",
                   "leave it out"};
    for (const char* option : {"--as-of", "--phase", "--threads"}) {
      if (arguments.has(option))
        return Error{ErrorCode::kInvalidArgument, "counts have no dates, phases or events to go through", option,
                     "leave it out, or evaluate a store"};
    }
    return {};
  }
  for (const char* option : {"--experiment", "--encoding"}) {
    if (arguments.has(option))
      return Error{ErrorCode::kInvalidArgument, std::string(option) + " goes with --counts", option,
                   "leave it out, or give --counts FILE"};
  }
  return {};
}

// Data without dates: whether their one look is taken is what the ledger says.
void tell_one_look(Language language, Console& console) {
  console.note(
      say(language,
          "no review has taken the one look of these data yet: tactful review takes it; a table or counts that "
          "are evaluated until they win are no test",
          "这些数据的唯一一次评审尚未进行：请用 tactful review 进行；反复评估表格或计数直到胜出，不是检验"));
}

// A look that is due is seen by taking it: an evaluation near its date shows less, and says why.
void tell_due_look(const Experiment& experiment, const TalliedStore& tallied, Language language, Console& console) {
  const auto due = look_due(experiment, tallied);
  const bool was_taken = due && std::any_of(tallied.options.taken.begin(), tallied.options.taken.end(),
                                            [&](const TakenLook& one) { return one.planned == *due; });
  if (!due || *due == 0 || was_taken) return;
  const std::string number = std::to_string(*due);
  console.note(say(language, "planned look " + number + " is due: tactful review takes it, and shows its tests",
                   "第 " + number + " 次计划评审到期：请用 tactful review 进行评审并查看其检验"));
}

Result<int> run_evaluate(const Arguments& arguments, Console& console) {
  if (const Status fit = check_options(arguments); !fit) return fit.error();
  const auto language = language_option(arguments);
  if (!language) return language.error();
  const bool has_file = arguments.has("EXPERIMENT");
  if (arguments.has("--counts") && !has_file) return evaluate_counts(arguments, *language, console);
  if (!has_file || (!arguments.has("--store") && !arguments.has("--counts")))
    return Error{ErrorCode::kInvalidArgument, "give EXPERIMENT and --store FILE, or --counts FILE", "evaluate",
                 "see: tactful evaluate --help"};
  const auto experiment = load_experiment(*arguments.text("EXPERIMENT"));
  if (!experiment) return experiment.error();
  const auto ledger = ledger_beside(*arguments.text("EXPERIMENT"), *experiment);
  if (!ledger) return ledger.error();
  if (arguments.text_or("--phase", "") == kHoldoutPhase) return show_holdout(*experiment, *ledger, arguments, console);
  const auto tallied = tally_store(*experiment, *ledger, arguments, "pilot", console);
  if (!tallied) return tallied.error();
  auto scorecard = evaluate_in(*experiment, tallied->phase, tallied->tally, tallied->options);
  if (!scorecard) return with_hint(scorecard.error());
  const bool is_extra = !scorecard->planned_look && !scorecard->looks.empty();
  const bool is_untaken =
      scorecard->planned_look && scorecard->source != TallySource::kEvents && tallied->options.taken.empty();
  print_scorecards({std::move(scorecard).value()}, *language, console);
  if (is_extra) tell_due_look(*experiment, *tallied, *language, console);
  if (is_untaken) tell_one_look(*language, console);
  return kDone;
}

}  // namespace

std::vector<OptionSpec> evaluation_options(const std::string& default_phase) {
  return {{"--as-of", "TIME", "What was known then, not later than now; default now."},
          {"--phase", "NAME", default_phase + ", rollout-1, ..."},
          {"--randomised", "TEXT",
           "How units were randomised, where the data were not assigned by Tactful and the file does not say."},
          {"--waive", "CHECK", "Accept a failed check by name; it stays visible.", false, true},
          {"--threads", "N", "Default: the machine's; the result does not depend on it."}};
}

Command evaluate_command() {
  Command command;
  command.name = "evaluate";
  command.summary = "Checks the data, tests every metric, recommends: continue, stop, promote.";
  command.examples = {{"tactful evaluate payment-reminder.json --store pilot.db", "The scorecard as of now."},
                      {"tactful evaluate payment-reminder.json --store pilot.db --as-of 2026-06-01 --format md",
                       "As of an earlier review, for minutes."},
                      {"tactful evaluate payment-reminder.json --counts counts.csv",
                       "Counts of this experiment: whether their one look was taken is what its ledger says."},
                      {"tactful evaluate --counts counts.csv --randomised 'coin flip by the mailing tool' --json",
                       "From counts alone: experiment,metric,variant,n,successes[,weight][,role][,direction]."}};
  command.positionals = {{"EXPERIMENT", "The experiment file.", false}};
  command.options = {
      {"--store", "FILE", "The store with its events."},
      {"--counts", "FILE", "A CSV of counts instead; with EXPERIMENT, whose ledger then counts, or alone."},
      {"--experiment", "KEY", "Only this experiment of the counts."},
      {"--encoding", "NAME", "Of the counts: utf-8 (default) or gb18030."},
      language_spec()};
  for (OptionSpec& option : evaluation_options()) command.options.push_back(std::move(option));
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details =
      "Ends with 0 whenever it could evaluate, whatever it recommends. --phase holdout shows the customers kept out of "
      "every experiment beside those in the phase in force, untested. JSON is one scorecard; counts of several "
      "experiments give an "
      "array of them.";
  command.next = "when it recommends promoting: tactful approve, then tactful promote.";
  command.run = run_evaluate;
  return command;
}

}  // namespace tactful::tools
