#include "tactful/decision/evaluate.hpp"

#include <algorithm>
#include <thread>

#include "evaluation.hpp"
#include "holdout.hpp"
#include "inputs.hpp"
#include "tactful/core/text.hpp"
#include "tactful/decision/history.hpp"
#include "tactful/decision/looks.hpp"
#include "tactful/report/scorecard_report.hpp"
#include "tactful/tally/counts.hpp"
#include "tactful/tally/tally_events.hpp"

namespace tactful::tools {

namespace {

// A moment still to come would turn open windows into closed ones and today into the planned end.
Result<TimeMs> as_of_option(const Arguments& arguments, UtcOffset offset) {
  const auto as_of = time_option(arguments, "--as-of", offset);
  const TimeMs now = now_ms();
  if (!as_of || *as_of <= now) return as_of;
  return Error{ErrorCode::kInvalidArgument,
               format_time(*as_of, offset) + " is still to come (it is " + format_time(now, offset) +
                   "): what will be known then cannot be evaluated now",
               "--as-of", "give a moment that is past, or leave it out for now"};
}

/// The counts of a file as those of this experiment. Errors: those of read_counts() and tally_of_counts(); kNotFound
/// where the file has others.
Result<Tally> tally_counts_file(const Experiment& experiment, const Arguments& arguments, TimeMs as_of) {
  const std::string file = *arguments.text("--counts");
  if (arguments.text_or("--phase", "pilot") != "pilot")
    return Error{ErrorCode::kInvalidArgument, "counts are of the pilot", "--phase", "leave it out, or give a store"};
  const auto encoding = encoding_option(arguments);
  if (!encoding) return encoding.error();
  const auto counts = read_counts(file, *encoding);
  if (!counts) return counts.error();
  for (const CountsTally& one : *counts) {
    if (one.experiment.key == experiment.key) return tally_of_counts(experiment, one, as_of);
  }
  return Error{ErrorCode::kNotFound, "the file has no counts of \"" + experiment.key + "\"", file,
               "its column `experiment` must name the experiment file's key"};
}

}  // namespace

Result<Ledger> ledger_beside(const std::string& file, const Experiment& experiment) {
  return Ledger::read(Ledger::path_of(folder_of(file), experiment.key));
}

Result<TalliedStore> tally_store(const Experiment& experiment, const Ledger& ledger, const Arguments& arguments,
                                 const std::string& default_phase, const Console& console) {
  return tally_phase(experiment, ledger, arguments, arguments.text_or("--phase", default_phase), console);
}

Result<TalliedStore> tally_phase(const Experiment& experiment, const Ledger& ledger, const Arguments& arguments,
                                 const std::string& name, const Console& console) {
  const auto as_of = as_of_option(arguments, experiment.utc_offset);
  if (!as_of) return as_of.error();
  const auto hardware = static_cast<std::int64_t>(std::clamp(std::thread::hardware_concurrency(), 1u, 64u));
  const auto threads = arguments.integer("--threads", hardware, 1, 64);
  if (!threads) return threads.error();
  auto phase = find_phase(experiment, ledger, name);
  if (!phase) return Error{phase.error().code, phase.error().message, "--phase", phase.error().hint};
  const auto history = history_of(experiment, ledger);
  if (!history) return history.error();
  TalliedStore result{*std::move(phase), {}, with_history(evaluate_options(arguments), *history, experiment, name)};
  if (arguments.has("--counts")) {
    auto counted = tally_counts_file(experiment, arguments, *as_of);
    if (!counted) return counted.error();
    result.tally = *std::move(counted);
    return result;
  }
  const auto store = Store::open(*arguments.text("--store"), Store::Mode::kReadOnly, console.log.get());
  if (!store) return store.error();
  TallyOptions options;
  options.as_of = *as_of;
  options.phase = name;
  options.threads = static_cast<int>(*threads);
  const Experiment in_phase = result.phase ? phase_experiment(experiment, *result.phase) : experiment;
  const LookPlan plan = look_plan(in_phase);
  if (result.phase) options.enrolment_end = in_phase.plan.enrolment_end;
  std::optional<std::vector<TakenLook>> taken;
  if (result.options.taken_is_known) taken = result.options.taken;
  options.looks = look_times(plan, *as_of, taken);
  options.stopped = result.options.stopped;
  auto tally = tally_events(experiment_for_tally(experiment, result.phase), **store, options);
  if (!tally) return tally.error();
  result.tally = *std::move(tally);
  return result;
}

Error with_hint(Error error) {
  if (error.where == "/randomisation") error.hint += "; for this once: --randomised 'HOW'";
  return error;
}

Result<Scorecard> evaluate_store(const Experiment& experiment, const Ledger& ledger, const Arguments& arguments,
                                 const std::string& default_phase, const Console& console) {
  const auto tallied = tally_store(experiment, ledger, arguments, default_phase, console);
  if (!tallied) return tallied.error();
  auto scorecard = evaluate_in(experiment, tallied->phase, tallied->tally, tallied->options);
  if (!scorecard) return with_hint(scorecard.error());
  return scorecard;
}

EvaluateOptions evaluate_options(const Arguments& arguments) {
  EvaluateOptions options;
  const auto waived = arguments.all("--waive");
  options.waived_checks.insert(waived.begin(), waived.end());
  options.randomisation = arguments.text_or("--randomised", "");
  return options;
}

Result<int> look_due(const Experiment& experiment, const TalliedStore& tallied) {
  if (tallied.tally.source != TallySource::kEvents) return 0;
  const LookPlan plan = look_plan(tallied.phase ? phase_experiment(experiment, *tallied.phase) : experiment);
  const auto schedule = schedule_looks(plan, tallied.tally.as_of, tallied.options.taken, true);
  if (!schedule) return schedule.error();
  return schedule->current;
}

std::vector<OptionSpec> counts_options() {
  return {{"--counts", "FILE", "A CSV of counts of this experiment instead of a store."},
          {"--encoding", "NAME", "Of the counts: utf-8 (default) or gb18030."}};
}

Status check_one_source(const Arguments& arguments, const std::string& command) {
  const bool has_store = arguments.has("--store");
  const bool has_counts = arguments.has("--counts");
  if (!has_store && !has_counts)
    return Error{ErrorCode::kInvalidArgument,
                 "missing --store FILE: the store with the events (or --counts FILE: counts alone)", command,
                 "see: tactful " + command + " --help"};
  if (has_store && has_counts)
    return Error{ErrorCode::kInvalidArgument, "a store and counts are two sources of the same numbers", "--counts",
                 "give one of them"};
  if (has_counts && arguments.has("--threads"))
    return Error{ErrorCode::kInvalidArgument, "counts have no events to go through", "--threads", "leave it out"};
  if (!has_counts && arguments.has("--encoding"))
    return Error{ErrorCode::kInvalidArgument, "--encoding goes with --counts", "--encoding", "leave it out"};
  return {};
}

ReportLanguage report_language(Language language) {
  return language == Language::kChinese ? ReportLanguage::kChinese : ReportLanguage::kEnglish;
}

void print_scorecards(const std::vector<Scorecard>& scorecards, Language language, Console& console) {
  if (console.format == Format::kJson) {
    if (scorecards.size() == 1) {
      console.out.line(to_json(scorecards.front()).dump(2));
      return;
    }
    Json list = Json::array();
    for (const Scorecard& one : scorecards) list.push_back(to_json(one));
    console.out.line(list.dump(2));
    return;
  }
  ReportOptions options;
  options.format = console.format == Format::kCsv        ? ReportFormat::kCsv
                   : console.format == Format::kMarkdown ? ReportFormat::kMarkdown
                                                         : ReportFormat::kTable;
  options.language = report_language(language);
  options.colour = console.colour;
  options.columns = console.columns;
  for (std::size_t index = 0; index < scorecards.size(); ++index) {
    std::string text = render_scorecard(scorecards[index], options);
    // One table for several experiments has one head.
    if (index > 0 && console.format == Format::kCsv) text.erase(0, text.find('\n') + 1);
    if (index > 0 && console.format != Format::kCsv) console.out.line("");
    console.out.write(text);
    if (!text.empty() && text.back() != '\n') console.out.line("");
  }
}

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
  return kDone;
}

// An option that would do nothing is refused: whoever gave it believes that it did something.
Status check_options(const Arguments& arguments) {
  if (arguments.has("--counts")) {
    if (arguments.has("EXPERIMENT") || arguments.has("--store"))
      return Error{ErrorCode::kInvalidArgument, "counts bring their own experiment", "--counts",
                   "leave out the experiment file and --store"};
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
  if (arguments.has("--counts")) return evaluate_counts(arguments, *language, console);
  if (!arguments.has("EXPERIMENT") || !arguments.has("--store"))
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
  print_scorecards({std::move(scorecard).value()}, *language, console);
  if (is_extra) tell_due_look(*experiment, *tallied, *language, console);
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
                      {"tactful evaluate --counts counts.csv --randomised 'coin flip by the mailing tool' --json",
                       "From counts alone: experiment,metric,variant,n,successes[,weight][,role][,direction]."}};
  command.positionals = {{"EXPERIMENT", "The experiment file.", false}};
  command.options = {{"--store", "FILE", "The store with its events."},
                     {"--counts", "FILE", "Evaluate a CSV of counts instead."},
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
