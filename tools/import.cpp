#include "tactful/store/import.hpp"

#include "fresh_store.hpp"
#include "inputs.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"
#include "tactful/tally/counts.hpp"

namespace tactful::tools {
namespace {

struct Target {
  std::string key;
  std::set<std::string> outcome_kinds;
};

Result<Target> read_target(const Arguments& arguments) {
  const auto given = arguments.text("--experiment");
  if (!given)
    return Error{ErrorCode::kInvalidArgument, "missing --experiment FILE_OR_KEY", "import",
                 "the experiment file, or just its key"};
  std::error_code failed;
  if (!std::filesystem::exists(*given, failed)) {
    if (is_key(*given)) return Target{*given, {}};
    return Error{ErrorCode::kNotFound, "neither a file nor a key of an experiment", *given, ""};
  }
  const auto experiment = load_experiment(*given);
  if (!experiment) return experiment.error();
  Target target{experiment->key, {}};
  for (const Metric& metric : experiment->metrics) target.outcome_kinds.insert(metric.outcome);
  return target;
}

Result<CsvOptions> read_csv_options(const Arguments& arguments, std::string_view map_option) {
  CsvOptions options;
  const auto encoding = encoding_option(arguments);
  if (!encoding) return encoding.error();
  options.encoding = *encoding;
  const std::string delimiter = arguments.text_or("--delimiter", ",");
  if (delimiter != "tab" && delimiter.size() != 1)
    return Error{ErrorCode::kInvalidArgument, "\"" + printable(delimiter) + "\" is neither one character nor \"tab\"",
                 "--delimiter", ""};
  options.delimiter = delimiter == "tab" ? '\t' : delimiter.front();
  auto columns = arguments.pairs(map_option);
  if (!columns) return columns.error();
  options.columns = std::move(columns).value();
  if (const auto zone = arguments.text("--zone")) {
    const auto offset = UtcOffset::parse(*zone);
    if (!offset) return Error{ErrorCode::kInvalidArgument, offset.error().message, "--zone", "for example +08:00"};
    options.assumed_zone = *offset;
  }
  return options;
}

std::optional<std::set<std::string>> read_segments(const Arguments& arguments) {
  const auto given = arguments.text("--segments");
  if (!given) return std::nullopt;
  if (*given == "none") return std::set<std::string>();
  const auto names = comma_separated(*given);
  return std::set<std::string>(names.begin(), names.end());
}

Result<UnitsImport> units_request(const Target& target, const Arguments& arguments) {
  auto csv = read_csv_options(arguments, "--map");
  if (!csv) return csv.error();
  UnitsImport request;
  request.file = arguments.text_or("--units", "");
  request.experiment = target.key;
  request.csv = std::move(csv).value();
  request.outcome_kinds = target.outcome_kinds;
  if (const auto kind = arguments.text("--kind")) request.outcome_kinds.insert(*kind);
  request.segments = read_segments(arguments);
  request.replace = arguments.has("--replace");
  request.row_is_unit = arguments.has("--row-is-unit");
  return request;
}

Result<EventsImport> events_request(const Target& target, const Arguments& arguments) {
  auto exposures = read_csv_options(arguments, "--map");
  if (!exposures) return exposures.error();
  auto outcomes = read_csv_options(arguments, "--outcome-map");
  if (!outcomes) return outcomes.error();
  auto delivered = arguments.pairs("--delivered");
  if (!delivered) return delivered.error();
  EventsImport request;
  request.exposures = arguments.text_or("--exposures", "");
  request.outcomes = arguments.text_or("--outcomes", "");
  request.experiment = target.key;
  request.exposures_csv = std::move(exposures).value();
  request.outcomes_csv = std::move(outcomes).value();
  request.delivered = std::move(delivered).value();
  request.outcome_kind = arguments.text_or("--kind", "");
  request.skip_zero_outcomes = arguments.has("--skip-zero");
  request.phase = arguments.text_or("--phase", "pilot");
  request.source = arguments.text_or("--source", "import");
  request.segments = read_segments(arguments);
  return request;
}

Result<int> check_counts(const Arguments& arguments, Console& console) {
  const std::string file = *arguments.text("--counts");
  const auto encoding = encoding_option(arguments);
  if (!encoding) return encoding.error();
  const auto counts = read_counts(file, *encoding);
  if (!counts) return counts.error();
  Table table{{"experiment", "variants", "metrics", "units"}, {}};
  for (const CountsTally& one : *counts) {
    std::int64_t units = 0;
    if (!one.tally.margins.empty())
      for (const ArmTally& arm : one.tally.margins.front().arms) units += arm.units;
    table.rows.push_back({one.experiment.key, one.experiment.variants.size(), one.experiment.metrics.size(), units});
  }
  console.out.write(render(table, console.format));
  console.note("the counts are good; they need no store:\n  tactful evaluate --counts " + file);
  return kDone;
}

Status check_mode(const Arguments& arguments) {
  const bool wide = arguments.has("--units"), events = arguments.has("--exposures") || arguments.has("--outcomes");
  if (wide == events)
    return Error{ErrorCode::kInvalidArgument, "give --units FILE, or --exposures and --outcomes, or --counts FILE",
                 "import", "see: tactful import --help"};
  if (!arguments.has("--store"))
    return Error{ErrorCode::kInvalidArgument, "missing --store FILE", "import", "it is made when absent"};
  if (arguments.has("--replace") && !wide)
    return Error{ErrorCode::kInvalidArgument, "only a table of units can be replaced", "--replace",
                 "events correct each other by event_id"};
  if (arguments.has("--row-is-unit") && !wide)
    return Error{ErrorCode::kInvalidArgument, "only a table of units can do without ids", "--row-is-unit",
                 "outcomes find their exposures by the unit's id"};
  return {};
}

Status check_files_exist(const Arguments& arguments) {
  for (const char* name : {"--units", "--exposures", "--outcomes"}) {
    std::error_code failed;
    const auto file = arguments.text(name);
    if (file && *file != "-" && !std::filesystem::exists(*file, failed))
      return Error{ErrorCode::kNotFound, "no such file", *file, ""};
  }
  return {};
}

std::string in_words(const IngestSummary& summary, bool wide) {
  std::string text = "read " +
                     (wide ? counted(summary.read, "row", "rows") : counted(summary.read, "event", "events")) + ": " +
                     grouped(summary.added) + " new";
  if (summary.changed > 0) text += ", " + grouped(summary.changed) + " with other values than before";
  if (summary.duplicates > 0) text += ", " + grouped(summary.duplicates) + " already there";
  if (summary.removed > 0)
    text += ", " + grouped(summary.removed) + (summary.removed == 1 ? " that was" : " that were") + " there removed";
  if (summary.earlier > 0)
    text +=
        "; " + grouped(summary.earlier) + (summary.earlier == 1 ? " keeps its" : " keep their") + " earlier exposure";
  if (summary.conflicts > 0)
    text += ", " + grouped(summary.conflicts) +
            (summary.conflicts == 1 ? " contradicts what is there and is" : " contradict what is there and are") +
            " quarantined";
  if (summary.forgotten > 0) text += ", " + grouped(summary.forgotten) + " of forgotten customers kept out";
  if (summary.expired > 0) text += ", " + grouped(summary.expired) + " from before the purge kept out";
  return text;
}

Result<int> run_import(const Arguments& arguments, Console& console) {
  if (arguments.has("--counts")) return check_counts(arguments, console);
  if (const Status good = check_mode(arguments); !good) return good.error();
  const auto target = read_target(arguments);
  if (!target) return target.error();
  const auto units = units_request(*target, arguments);
  if (!units && arguments.has("--units")) return units.error();
  const auto events = events_request(*target, arguments);
  if (!events && !arguments.has("--units")) return events.error();
  if (const Status there = check_files_exist(arguments); !there) return there.error();
  // Only now, so that no mistake on the line makes a store and a key.
  const std::filesystem::path store_file = *arguments.text("--store");
  const FreshStore fresh(arguments, store_file);
  const auto store = Store::open(store_file, Store::Mode::kCreate, console.log.get());
  if (!store) return store.error();
  const auto summary = [&]() -> Result<IngestSummary> {
    const auto key = store_key(arguments, store_file, !(*store)->key_id().empty(), console);
    if (!key) return key.error();
    return arguments.has("--units") ? import_units(**store, *key, *units)
                                    : import_events(**store, *key, *events, now_ms());
  }();
  if (!summary) {
    fresh.remove_if_empty(**store);
    return summary.error();
  }
  if (console.format == Format::kJson) {
    Json object = to_json(*summary);
    if (arguments.has("--units"))
      object.set("changed", summary->changed).set("removed", summary->removed).set("earlier", summary->earlier);
    object.set("experiment", target->key).set("store", store_file.string());
    console.out.line(object.dump(2));
    return kDone;
  }
  console.out.line(in_words(*summary, arguments.has("--units")));
  return kDone;
}

}  // namespace

Command import_command() {
  Command command;
  command.name = "import";
  command.summary = "Brings CSV files into a store: one row per unit, or exposures and outcomes.";
  command.examples = {{"tactful import --units pilot.csv --experiment payment-reminder.json --store pilot.db",
                       "One row per unit: unit,variant, a column per outcome, the others are segments."},
                      {"tactful import --exposures sent.csv --outcomes crm.csv --experiment payment-reminder.json "
                       "--store pilot.db --zone +08:00",
                       "Events: unit,variant,at and unit,kind,at."},
                      {"tactful import --units export.csv.gz --map unit=客户号 --map variant=组别 --encoding gb18030 "
                       "--experiment payment-reminder.json "
                       "--store pilot.db",
                       "Other column names, another encoding, packed."}};
  command.options = {
      {"--units", "FILE", "One row per unit."},
      {"--exposures", "FILE", "Who was given which variant, when."},
      {"--outcomes", "FILE", "What happened to whom, when."},
      {"--counts", "FILE", "Only checks a file of counts; evaluate --counts reads it directly."},
      {"--experiment", "FILE_OR_KEY", "The experiment file (its outcome kinds are known then), or its key."},
      {"--store", "FILE", "The store; made when absent."},
      {"--key", "FILE", "Key of the pseudonyms; default <store>.key, made on first use."},
      {"--purpose", "NAME", "What the store is for; default reminders."},
      {"--map", "OURS=THEIRS", "A column's name in the file of units or exposures.", false, true},
      {"--outcome-map", "OURS=THEIRS", "A column's name in the file of outcomes.", false, true},
      {"--delivered", "VALUE=VARIANT", "Which variant a value of the column `delivered` stands for.", false, true},
      {"--kind", "KIND", "Kind of every outcome where the file has no such column."},
      {"--skip-zero", "", "Outcome rows with the value 0 did not happen (a 0/1 column)."},
      {"--segments", "A,B", "Which other columns to keep as segments; none for none; default all."},
      {"--phase", "NAME", "Phase of the exposures; default pilot."},
      {"--source", "NAME", "Who reports the events; default import."},
      {"--encoding", "NAME", "utf-8 (default) or gb18030."},
      {"--delimiter", "CHAR", "One character or tab; default a comma."},
      {"--zone", "OFFSET", "Zone of times and dates that name none, +08:00; without it they are refused."},
      {"--row-is-unit", "", "The file of units has no id: each row is a unit of its own."},
      {"--replace", "", "Put this table of units in the earlier one's place: units keep their exposure."}};
  command.details = "All or nothing: after an error the store is as before. The same file twice adds nothing.";
  command.next = "tactful evaluate EXPERIMENT --store FILE.";
  command.run = run_import;
  return command;
}

}  // namespace tactful::tools
