#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "demo_story.hpp"
#include "embedded_experiment.hpp"
#include "inputs.hpp"
#include "numbers.hpp"
#include "tactful/core/file.hpp"
#include "tactful/core/text.hpp"
#include "tactful/core/version.hpp"
#include "tactful/decision/promote.hpp"
#include "tactful/decision/review.hpp"
#include "tactful/report/scorecard_report.hpp"
#include "tactful/simulation/pilot.hpp"
#include "tactful/tally/tally_events.hpp"

namespace tactful::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kQuickCustomers = 6000;

// The folder of the demo; a temporary one is removed at the end unless it is to be kept.
class DemoFolder {
 public:
  static Result<std::unique_ptr<DemoFolder>> make(const Arguments& arguments) {
    std::error_code failed;
    if (const auto given = arguments.text("--folder")) {
      fs::create_directories(*given, failed);
      if (failed) return Error{ErrorCode::kStorage, "cannot make the folder: " + failed.message(), *given, ""};
      if (!fs::is_empty(*given, failed) || failed)
        return Error{ErrorCode::kConflict, "the folder is not empty", *given,
                     "name a new one: nothing of yours is overwritten"};
      return std::unique_ptr<DemoFolder>(new DemoFolder(*given, true));
    }
    const fs::path parent = fs::temp_directory_path(failed);
    std::string name = ((failed ? fs::path("/tmp") : parent) / "tactful-demo-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      return Error{ErrorCode::kStorage, "cannot make a temporary folder", name, "give one with --folder"};
    return std::unique_ptr<DemoFolder>(new DemoFolder(name, arguments.has("--keep")));
  }
  DemoFolder(const DemoFolder&) = delete;
  DemoFolder& operator=(const DemoFolder&) = delete;
  ~DemoFolder() {
    std::error_code ignored;
    if (!keep_) fs::remove_all(path_, ignored);
  }

  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] bool kept() const { return keep_; }
  [[nodiscard]] fs::path experiments() const { return path_ / "experiments"; }

 private:
  DemoFolder(fs::path path, bool keep) : path_(std::move(path)), keep_(keep) {}
  fs::path path_;
  bool keep_;
};

Status write_experiment(const DemoFolder& folder, std::string_view key) {
  std::error_code failed;
  fs::create_directories(folder.experiments(), failed);
  if (failed)
    return Error{ErrorCode::kStorage, "cannot make the folder: " + failed.message(), folder.experiments().string(), ""};
  return write_file_atomically(folder.experiments() / (std::string(key) + ".json"), embedded_experiment());
}

Status approve_roles(const DemoFolder& folder, const Experiment& experiment, const std::string& variant, TimeMs at,
                     Console& console) {
  const char* const names[] = {"Zhao Min", "Sun Jie", "Chen Bo", "Liu Yang"};
  std::size_t next = 0;
  for (const std::string& role : experiment.policy.approvals) {
    const TimeMs moment = at + static_cast<TimeMs>(next) * kMillisecondsPerHour;
    const auto written =
        tactful::approve(folder.experiments(), experiment, {variant, names[next++ % std::size(names)], role, moment});
    if (!written) return written.error();
    console.out.line("  " + written->by + " (" + role + ") approves.");
  }
  return {};
}

// The reviews of the planned looks, frozen beside the experiment file: a promotion rests on the last.
Status enter_reviews(const DemoFolder& folder, const Experiment& experiment, const std::vector<WeekReport>& weeks,
                     Console& console) {
  const auto store = Store::open(folder.path() / "store.db", Store::Mode::kReadOnly, console.log.get());
  if (!store) return store.error();
  std::vector<TakenLook> taken;
  for (const WeekReport& week : weeks) {
    if (!week.scorecard.planned_look) continue;
    TallyOptions options;
    options.as_of = week.as_of;
    options.looks = look_times(look_plan(experiment), week.as_of, taken);
    const auto tally = tally_events(experiment, **store, options);
    if (!tally) return tally.error();
    const auto ledger = Ledger::read(Ledger::path_of(folder.experiments(), experiment.key));
    if (!ledger) return ledger.error();
    const ReviewRequest request{"Wang Wei", "accountable", "", week.as_of + 9 * kMillisecondsPerHour,
                                std::string(code_version())};
    const auto review = take_review(folder.experiments(), {experiment, std::nullopt, *tally, {}}, *ledger, request);
    if (!review) return review.error();
    if (review->look > 0) taken.push_back({review->look, week.as_of});
  }
  console.out.line("  The reviews of " + std::to_string(taken.size()) + " planned looks are frozen in the ledger.");
  return {};
}

// After the last review: approvals, promotion, and what senders do from then on.
Status decide_and_promote(const DemoFolder& folder, const Experiment& experiment, const PilotResult& pilot,
                          std::uint64_t seed, Console& console) {
  const Scorecard& scorecard = pilot.final_scorecard;
  const std::string& variant = scorecard.recommendation.variant;
  const TimeMs meeting = scorecard.as_of + 10 * kMillisecondsPerHour;
  story::heading(console, "The decision");
  if (const Status entered = enter_reviews(folder, experiment, pilot.weeks, console); !entered) return entered;
  if (const Status approved = approve_roles(folder, experiment, variant, meeting, console); !approved) return approved;
  PromoteRequest request;
  request.variant = variant;
  request.by = "Wang Wei";
  request.role = "accountable";
  request.at = meeting + 6 * kMillisecondsPerHour;
  const auto promoted = promote(folder.experiments(), experiment, scorecard, request);
  if (!promoted) return promoted.error();
  console.out.line("  Wang Wei promotes \"" + printable(variant) + "\" with a holdback of " +
                   percent(experiment.policy.holdback.millionths / double{Fraction::kWhole}) + ".");
  console.out.line("  The ledger's head is now " + promoted->hash.substr(0, 16) + "...: the review's minutes keep it.");
  return story::show_sender(folder.experiments(), folder.path(), experiment, request.at + kMillisecondsPerDay, seed,
                            console);
}

void print_scorecard(const Scorecard& scorecard, Console& console) {
  ReportOptions options;
  options.colour = console.colour;
  options.columns = console.columns;
  console.out.write(render_scorecard(scorecard, options));
  console.out.line("");
}

void print_next(const DemoFolder& folder, const Experiment& experiment, const Scorecard& scorecard, Console& console) {
  story::heading(console, "What to try next");
  if (folder.kept()) {
    const std::string file = (folder.experiments() / (experiment.key + ".json")).string();
    const std::string at = format_time(scorecard.as_of, scorecard.utc_offset);
    console.out.line("  Everything is in " + folder.path().string() + ":");
    console.out.line("  tactful evaluate " + file + " --store " + (folder.path() / "store.db").string() + " --as-of " +
                     at);
    console.out.line("  tactful ledger show " + file);
    console.out.line("  tactful assign " + file + " C-1 C-2 --at " + at);
  } else {
    console.out.line("  tactful demo --keep             the same, and the folder stays to look into");
    console.out.line("  tactful demo --seed 7           other customers");
    console.out.line("  tactful check experiments/      your own experiment files");
    console.out.line("  tactful calc --list             the statistics by themselves");
  }
}

Result<int> run_demo(const Arguments& arguments, Console& console) {
  const auto seed = arguments.integer("--seed", 1, 0, INT64_MAX);
  if (!seed) return seed.error();
  const ExperimentFile parsed = parse_experiment(embedded_experiment(), "payment-reminder.json");
  if (!parsed.experiment)
    return Error{ErrorCode::kInvalidExperiment, describe(parsed.diagnostics, "payment-reminder.json"),
                 "the built-in experiment", ""};
  const Experiment& experiment = *parsed.experiment;
  auto folder = DemoFolder::make(arguments);
  if (!folder) return folder.error();
  if (const Status written = write_experiment(**folder, experiment.key); !written) return written.error();

  story::introduce(experiment, (*folder)->path().string(), console);
  World world = payment_reminder_world(static_cast<std::uint64_t>(*seed));
  if (arguments.has("--quick")) world.customers_per_week = std::min(world.customers_per_week, kQuickCustomers);
  story::heading(console, "The pilot, week by week");
  const auto pilot = run_pilot((*folder)->experiments(), experiment.key, world, (*folder)->path(),
                               [&console](const WeekReport& week) { story::tell_week(week, console); });
  if (!pilot) return pilot.error();
  story::heading(console, "The last review");
  const Scorecard& scorecard = pilot->final_scorecard;
  print_scorecard(scorecard, console);
  if (scorecard.recommendation.action == Action::kPromote) {
    const Status done = decide_and_promote(**folder, experiment, *pilot, world.seed, console);
    if (!done) return done.error();
  } else {
    console.out.line("Nothing is promoted: the evidence does not carry it. That is a result, too.");
  }
  print_next(**folder, experiment, scorecard, console);
  return kDone;
}

}  // namespace

Command demo_command() {
  Command command;
  command.name = "demo";
  command.summary = "A whole six-week pilot in under a minute, through the real parts.";
  command.examples = {{"tactful demo", "Simulated customers, real assignment, journal, store, statistics, decision."},
                      {"tactful demo --seed 7 --keep", "Other customers; the files stay to look into."}};
  command.options = {{"--seed", "S", "Which customers; default 1. The same seed gives the same pilot."},
                     {"--folder", "DIR", "Put the files here (new or empty), and keep them."},
                     {"--keep", "", "Keep the temporary folder."},
                     {"--quick", "", "Fewer customers: faster, and often too few to decide."}};
  command.formats = {Format::kTable};
  command.details =
      "The customers are simulated, and nothing is sent; everything else is what a sender and an analyst use.";
  command.next = "tactful demo --keep, then look at the folder it names.";
  command.run = run_demo;
  return command;
}

}  // namespace tactful::tools
