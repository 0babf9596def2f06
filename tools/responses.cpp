#include "tactful/tally/response_times.hpp"

#include "contact_files.hpp"
#include "evaluation.hpp"
#include "inputs.hpp"
#include "numbers.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

// --within; else how long the ladder of the experiment's contact policy waits; else nothing.
Result<std::optional<TimeMs>> deadline(const Arguments& arguments, const Experiment& experiment) {
  if (const auto given = arguments.text("--within")) {
    const auto parsed = parse_duration(*given);
    if (parsed && *parsed > 0) return std::optional<TimeMs>(*parsed);
    return Error{ErrorCode::kInvalidArgument, "\"" + printable(*given) + "\" is no length of time", "--within",
                 "such as 36h or 2d"};
  }
  if (experiment.contact.empty()) return std::optional<TimeMs>();
  const auto policy =
      load_contact_policy(folder_of(*arguments.text("EXPERIMENT")) / "contact" / (experiment.contact + ".json"));
  if (!policy) return policy.error();
  if (policy->ladder.steps.empty()) return std::optional<TimeMs>();
  return std::optional<TimeMs>(policy->ladder.respond_within_ms);
}

// As people say it: seconds only below two minutes, minutes below two days.
std::string took(TimeMs time) {
  const TimeMs unit = time < 2 * 60'000 ? 1000 : time < 48 * 3'600'000 ? 60'000 : 3'600'000;
  return describe_duration(time / unit * unit);
}

Table table_of(const ResponseTimes& times) {
  Table table{{"variant", "contacts", "answered", "deadline passed", "answered in time", "share in time",
               "a quarter within", "half within", "three quarters within"},
              {}};
  for (const ArmResponses& arm : times.arms) {
    const auto share = arm.share_in_time();
    std::vector<Json> row(table.columns.size());
    row[0] = arm.variant;
    row[1] = arm.contacts;
    row[2] = arm.answered;
    if (times.within) row[3] = arm.due;
    if (times.within) row[4] = arm.in_time;
    if (share) row[5] = percent(*share);
    for (std::size_t i = 0; arm.quartiles && i < 3; ++i) row[6 + i] = took((*arm.quartiles)[i]);
    table.rows.push_back(std::move(row));
  }
  return table;
}

Result<int> run_responses(const Arguments& arguments, Console& console) {
  const auto experiment = load_experiment(*arguments.text("EXPERIMENT"));
  if (!experiment) return experiment.error();
  const auto as_of = time_option(arguments, "--as-of", experiment->utc_offset);
  if (!as_of) return as_of.error();
  const auto within = deadline(arguments, *experiment);
  if (!within) return within.error();
  const auto ledger = ledger_beside(*arguments.text("EXPERIMENT"), *experiment);
  if (!ledger) return ledger.error();
  const auto lifecycle = lifecycle_of(*experiment, *ledger);
  if (!lifecycle) return lifecycle.error();
  const auto store = Store::open(*arguments.text("--store"), Store::Mode::kReadOnly, console.log.get());
  if (!store) return store.error();
  ResponseOptions options{*as_of, arguments.text_or("--phase", "pilot"), *within, {}};
  if (options.phase == "pilot") options.stopped = lifecycle->stopped_variants;
  const auto times = response_times(*experiment, **store, options);
  if (!times) return times.error();
  if (console.format == Format::kJson) {
    console.out.line(to_json(*times).dump(2));
    return kDone;
  }
  console.out.write(render(table_of(*times), console.format));
  if (console.format != Format::kTable) return kDone;
  console.out.line(
      times->within ? "A response is in time within " + describe_duration(*times->within) +
                          "; shares and times are of the contacts whose deadline has passed."
                    : "No deadline is known (--within, or a ladder in the contact policy): times are of all answers so "
                      "far, the late ones still missing.");
  return kDone;
}

}  // namespace

Command responses_command() {
  Command command;
  command.name = "responses";
  command.summary = "How long customers take to respond to a contact, by variant.";
  command.examples = {
      {"tactful responses payment-reminder.json --store pilot.db", "By the deadline of the contact policy's ladder."},
      {"tactful responses payment-reminder.json --store pilot.db --within 36h --format csv", "By one of your own."}};
  command.positionals = {{"EXPERIMENT", "The experiment file."}};
  command.options = {{"--store", "FILE", "The store with its events.", true},
                     {"--within", "TIME", "Deadline of a response; default the ladder's of the contact policy."},
                     {"--as-of", "TIME", "What was known then; default now."},
                     {"--phase", "NAME", "pilot (default), rollout-1, ..."}};
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details =
      "From the store's contacts and its outcomes `responded`: a response answers the latest contact before it. "
      "Contacts that were given back do not count, failed ones do; of a wording that was stopped by itself, those "
      "before the stop. Shows, tests nothing: who answers was not drawn by lot.";
  command.next = "tactful evaluate EXPERIMENT --store FILE.";
  command.run = run_responses;
  return command;
}

}  // namespace tactful::tools
