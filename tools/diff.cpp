#include "inputs.hpp"
#include "tactful/assignment/edit.hpp"

namespace tactful::tools {
namespace {

Result<int> run_diff(const Arguments& arguments, Console& console) {
  const auto before = load_experiment(*arguments.text("OLD"));
  if (!before) return before.error();
  const auto after = load_experiment(*arguments.text("NEW"));
  if (!after) return after.error();
  const auto at = time_option(arguments, "--at", after->utc_offset);
  if (!at) return at.error();
  const auto impact = compare_versions(*before, *after, *at);
  if (!impact) return impact.error();
  const Status allowed = allow_running_edit(*impact);
  if (console.format == Format::kJson) {
    Json object = impact->to_json();
    object.set("allowed_while_running", allowed.ok());
    if (!allowed) object.set("why_not", allowed.error().message).set("hint", allowed.error().hint);
    console.out.line(object.dump(2));
  } else {
    console.out.write(impact->to_text());
    console.out.line(allowed ? "allowed while it runs" : "refused while it runs: " + describe(allowed.error()));
  }
  return allowed || arguments.has("--not-running") ? kDone : kBadExperiment;
}

}  // namespace

Command diff_command() {
  Command command;
  command.name = "diff";
  command.summary = "What an edit of an experiment moves: the exact share of units that switch, enter or leave.";
  command.examples = {
      {"tactful diff published/payment-reminder.json payment-reminder.json", "The edit against what runs now."},
      {"tactful diff old.d/late-fee.json late-fee.json --at 2026-05-28 --json",
       "With the ramp as of a day, for a program."}};
  command.positionals = {{"OLD", "The experiment file as it runs."}, {"NEW", "The experiment file as edited."}};
  command.options = {{"--at", "TIME", "As of when, which decides the steps of the ramp; default now."},
                     {"--not-running", "", "Nothing has been sent yet: no edit is refused."}};
  command.formats = {Format::kTable, Format::kJson};
  command.details =
      "Shares are counted from thresholds, not sampled, of the units in scope of both. Ends with 3 when the edit would "
      "mix the data of "
      "a running experiment: a change of what is fingerprinted under the old salt.";
  command.next = "Give a breaking edit a new salt, which makes it a new version, and tactful check it.";
  command.run = run_diff;
  return command;
}

}  // namespace tactful::tools
