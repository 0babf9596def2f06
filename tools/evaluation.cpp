#include "evaluation.hpp"

#include <algorithm>
#include <thread>

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

/// A planned look is seen by taking it: only one that a review took is shown with its bounds.
bool is_taken_look(const LookPlan& plan, TimeMs as_of, const std::vector<TakenLook>& taken) {
  return std::any_of(taken.begin(), taken.end(), [&](const TakenLook& look) {
    const auto index = static_cast<std::size_t>(look.planned - 1);
    return index < plan.looks.size() && plan.looks[index] == as_of;
  });
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
  result.options.as_extra = !is_taken_look(plan, *as_of, result.options.taken);
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

}  // namespace tactful::tools
