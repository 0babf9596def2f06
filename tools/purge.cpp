#include <algorithm>
#include <set>

#include "evaluation.hpp"
#include "subject_ids.hpp"
#include "tactful/core/file.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/tally/small_cells.hpp"
#include "tactful/tally/tally_events.hpp"

namespace tactful::tools {
namespace {

constexpr std::int64_t kLeastUnits = 20;  // a cell of fewer customers could tell of one of them
constexpr TimeMs kDay = 86'400'000;

/// The phases that an experiment has exposures of.
Result<std::set<std::string>> phases_of(const Store& store, const std::string& experiment) {
  std::set<std::string> phases;
  const std::int32_t code = store.code(experiment).value_or(-1);
  for (std::size_t partition = 0; partition < store.partitions(); ++partition) {
    std::set<std::int32_t> codes;
    const Status scanned = store.scan_exposures(
        partition, code, std::numeric_limits<TimeMs>::max(),
        [&codes](const ExposureBlock& block) { codes.insert(block.phase.begin(), block.phase.end()); });
    if (!scanned) return scanned.error();
    for (const std::int32_t phase : codes) phases.insert(std::string(store.text(phase)));
  }
  if (phases.empty()) phases.insert("pilot");  // a table of units
  return phases;
}

/// The tallies of a phase that earlier purges kept.
Result<std::vector<Tally>> kept_before(const std::vector<Aggregate>& aggregates, const std::string& experiment,
                                       const std::string& phase) {
  std::vector<Tally> tallies;
  for (const Aggregate& one : aggregates) {
    if (one.experiment != experiment) continue;
    const auto content = parse_json(one.content);
    if (!content) return content.error();
    const Json* phases = content->find("phases");
    const Json* kept = phases != nullptr ? phases->find(phase) : nullptr;
    if (kept == nullptr || kept->is_null()) continue;
    auto tally = tally_from_json(*kept);
    if (!tally) return tally.error();
    tallies.push_back(std::move(tally).value());
  }
  return tallies;
}

struct ToFreeze {
  Experiment experiment;
  std::vector<VariantStop> stopped;  ///< By the ledger.
};

Result<ToFreeze> load_to_freeze(const std::string& file) {
  auto experiment = load_experiment(file);
  if (!experiment) return experiment.error();
  const auto ledger = ledger_beside(file, *experiment);
  if (!ledger) return ledger.error();
  auto lifecycle = lifecycle_of(*experiment, *ledger);
  if (!lifecycle) return lifecycle.error();
  return ToFreeze{*std::move(experiment), std::move(lifecycle->stopped_variants)};
}

Result<Aggregate> freeze(const ToFreeze& known, const Store& store, TimeMs before, TimeMs now) {
  const Experiment& experiment = known.experiment;
  const auto phases = phases_of(store, experiment.key);
  if (!phases) return phases.error();
  const auto earlier = store.aggregates();
  if (!earlier) return earlier.error();
  Json tallies = Json::object();
  std::int64_t withheld = 0;
  for (const std::string& phase : *phases) {
    TallyOptions options;
    options.as_of = now;
    options.phase = phase;
    if (phase == "pilot") options.stopped = known.stopped;
    auto tally = tally_events(experiment, store, options);
    if (!tally && tally.error().code == ErrorCode::kInsufficientData) continue;  // none of its variants, say
    if (!tally) return tally.error();
    const auto others = kept_before(*earlier, experiment.key, phase);
    if (!others) return others.error();
    const CoarseTally kept =
        without_small_steps(without_small_cells(std::move(tally).value(), kLeastUnits), *others, kLeastUnits);
    withheld += kept.cells_withheld;
    tallies.set(phase, kept.tally ? to_json(*kept.tally) : Json());
  }
  Json content = Json::object();
  content.set("schema", "tactful/aggregate/1").set("experiment", experiment.key).set("before", before).set("at", now);
  content.set("least_units", kLeastUnits).set("cells_withheld", withheld).set("phases", std::move(tallies));
  return Aggregate{experiment.key, before, now, content.dump()};
}

Result<TimeMs> cutoff(const Arguments& arguments, TimeMs now) {
  if (arguments.has("--before") == arguments.has("--retention"))
    return Error{ErrorCode::kInvalidArgument, "give --before DATE or --retention DAYS", "purge", ""};
  if (arguments.has("--before")) {
    auto before = time_option(arguments, "--before", UtcOffset());
    if (before && *before > now)
      return Error{ErrorCode::kInvalidArgument, format_time(*before, UtcOffset()) + " is still to come", "--before",
                   "events are purged once they are old"};
    return before;
  }
  const auto days = arguments.integer("--retention", 0, 1, 36'500);
  if (!days) return days.error();
  return now - *days * kDay;
}

/// What is kept of every experiment that loses events.
Result<std::vector<Aggregate>> freeze_all(const Arguments& arguments, const Store& store, TimeMs before, TimeMs now) {
  std::map<std::string, ToFreeze> known;
  for (const std::string& file : arguments.all("EXPERIMENT")) {
    auto experiment = load_to_freeze(file);
    if (!experiment) return experiment.error();
    const std::string key = experiment->experiment.key;
    known.emplace(key, *std::move(experiment));
  }
  const auto without = arguments.all("--without");
  const auto old = store.experiments(before);
  if (!old) return old.error();
  std::vector<Aggregate> kept;
  for (const std::string& key : *old) {
    if (std::find(without.begin(), without.end(), key) != without.end()) continue;
    const auto experiment = known.find(key);
    if (experiment == known.end()) {
      return Error{ErrorCode::kRefused,
                   "the experiment " + key +
                       " would lose events, and its file is not given, so its statistics could not be kept",
                   *arguments.text("--store"), "give its file, or --without " + key};
    }
    auto aggregate = freeze(experiment->second, store, before, now);
    if (!aggregate) return aggregate.error();
    kept.push_back(std::move(aggregate).value());
  }
  return kept;
}

Status write_aggregates(const Arguments& arguments, const Store& store) {
  const auto folder = arguments.text("--aggregates");
  if (!folder) return {};
  const auto kept = store.aggregates();
  if (!kept) return kept.error();
  std::error_code failed;
  std::filesystem::create_directories(*folder, failed);
  if (failed) return Error{ErrorCode::kStorage, "cannot make the folder: " + failed.message(), *folder, ""};
  for (const Aggregate& one : *kept) {
    const auto file = std::filesystem::path(*folder) / (one.experiment + "-" + std::to_string(one.before) + ".json");
    if (const Status written = write_file_atomically(file, one.content + "\n"); !written) return written;
  }
  return {};
}

Result<int> run_purge(const Arguments& arguments, Console& console) {
  const TimeMs now = now_ms();
  const auto before = cutoff(arguments, now);
  if (!before) return before.error();
  const bool dry_run = arguments.has("--dry-run");
  const auto store = Store::open(*arguments.text("--store"), dry_run ? Store::Mode::kReadOnly : Store::Mode::kReadWrite,
                                 console.log.get());
  if (!store) return store.error();
  const auto aggregates = freeze_all(arguments, **store, *before, now);
  if (!aggregates) return aggregates.error();
  if (!dry_run) {
    const Status agreed =
        agree(arguments, console,
              "Remove every event from before " + format_time(*before, UtcOffset()) + "? This cannot be undone.");
    if (!agreed) return agreed.error();
  }
  const auto purged = (*store)->purge(*before, now, *aggregates, dry_run);
  if (!purged) return purged.error();
  if (!dry_run) {
    if (const Status written = write_aggregates(arguments, **store); !written) return written.error();
  }
  if (console.format == Format::kJson) {
    console.out.line(
        Json::object()
            .set("before", *before)
            .set("dry_run", dry_run)
            .set("events", purged->events)
            .set("wide_rows", purged->wide_rows)
            .set("quarantined", purged->quarantined)
            .set("reinstated", purged->reinstated)
            .set("segments_rewritten", purged->segments_rewritten)
            .set("aggregates", dry_run ? static_cast<std::int64_t>(aggregates->size()) : purged->aggregates)
            .set("bytes_gone", purged->bytes_gone)
            .dump(2));
    return kDone;
  }
  Table table{{"before", "events", "wide rows", "quarantined", "reinstated", "aggregates kept"}, {}};
  table.rows.push_back({format_time(*before, UtcOffset()), purged->events, purged->wide_rows, purged->quarantined,
                        purged->reinstated,
                        dry_run ? static_cast<std::int64_t>(aggregates->size()) : purged->aggregates});
  console.out.write(render(table, console.format));
  if (purged->reinstated > 0)
    console.note(counted(purged->reinstated, "quarantined event takes", "quarantined events take") +
                 " the place of what contradicted " + (purged->reinstated == 1 ? "it" : "them") + " and is too old");
  if (dry_run) console.note("a dry run: nothing was changed");
  if (!dry_run && !purged->bytes_gone)
    console.warn(purged->bytes_kept_by + ": the bytes go with the next command that writes to the store");
  return kDone;
}

}  // namespace

Command purge_command() {
  Command command;
  command.name = "purge";
  command.summary = "Removes events past their retention from a store, and keeps each experiment's statistics.";
  command.examples = {
      {"tactful purge payment-reminder.json --store pilot.db --retention 90 --yes",
       "Older than 90 days, from a nightly job."},
      {"tactful purge experiments/*.json --store pilot.db --before 2026-03-01 --dry-run", "Only counts."}};
  command.positionals = {{"EXPERIMENT", "Files of the experiments whose events are in the store.", false, true}};
  command.options = {
      {"--store", "FILE", "The store.", true},
      {"--before", "DATE", "Events from before this moment go; a plain date is its first moment in UTC."},
      {"--retention", "DAYS", "Events older than so many days go; 1 to 36,500."},
      {"--without", "KEY", "Keep no statistics of this experiment.", false, true},
      {"--aggregates", "FOLDER", "Also write the statistics kept, of all purges, into files there."},
      {"--dry-run", "", "Count what would go, change nothing."},
      {"--yes", "", "Do not ask; required where nobody can be asked."}};
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details =
      "The statistics are tallies as of now, over all events that the store still has, without what they "
      "tell of groups of 1 to 19 customers. They and the removal are "
      "one change: all or nothing. Older events that come later stay out and are counted. Tables of units without "
      "times have no age and "
      "stay.";
  command.next = "tactful compact --store FILE, where much was removed.";
  command.run = run_purge;
  return command;
}

}  // namespace tactful::tools
