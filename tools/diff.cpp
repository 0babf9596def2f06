#include "diff_wording.hpp"
#include "inputs.hpp"
#include "tactful/assignment/edit.hpp"
#include "tactful/core/file.hpp"
#include "wording_files.hpp"

namespace tactful::tools {
namespace {

Result<int> diff_experiments(const Arguments& arguments, Console& console) {
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

Result<FileKind> kind_of_file(const std::string& file) {
  const auto text = read_file(file);
  if (!text) return text.error();
  return kind_of(file, *text);
}

Result<int> run_diff(const Arguments& arguments, Console& console) {
  const std::string before = *arguments.text("OLD"), after = *arguments.text("NEW");
  const auto old_kind = kind_of_file(before);
  if (!old_kind) return old_kind.error();
  const auto new_kind = kind_of_file(after);
  if (!new_kind) return new_kind.error();
  if (*old_kind != *new_kind) {
    return Error{
        ErrorCode::kInvalidArgument, "the files are of different kinds",
        before + ": " + std::string(to_string(*old_kind)) + ", " + after + ": " + std::string(to_string(*new_kind)),
        "compare two experiments or two wordings"};
  }
  if (*old_kind == FileKind::kExperiment) return diff_experiments(arguments, console);
  if (*old_kind != FileKind::kWording) {
    return Error{ErrorCode::kInvalidArgument, "only experiments and wordings can be compared",
                 before + ": " + std::string(to_string(*old_kind)), "tactful check reads rule packs and scenarios"};
  }
  for (const char* option : {"--at", "--not-running"})
    if (arguments.has(option))
      return Error{ErrorCode::kInvalidArgument, "is for experiments only, and these are wordings", option, ""};
  return diff_wordings(before, after, console);
}

}  // namespace

Command diff_command() {
  Command command;
  command.name = "diff";
  command.summary =
      "What an edit moves: of an experiment the units that switch, enter or leave; of a wording the words.";
  command.examples = {
      {"tactful diff published/payment-reminder.json payment-reminder.json", "The edit against what runs now."},
      {"tactful diff old.d/late-fee.json late-fee.json --at 2026-05-28 --json",
       "With the ramp as of a day, for a program."},
      {"tactful diff old.d/return-parcel.json return-parcel.json", "The words of two wordings, side by side."}};
  command.positionals = {{"OLD", "The experiment or wording file as it runs."},
                         {"NEW", "The experiment or wording file as edited."}};
  command.options = {
      {"--at", "TIME", "As of when, which decides the steps of the ramp; default now. Experiments only."},
      {"--not-running", "", "Nothing has been sent yet: no edit is refused. Experiments only."}};
  command.formats = {Format::kTable, Format::kJson};
  command.details =
      "Shares are counted from thresholds, not sampled, of the units in scope of both. Ends with 3 when the edit would "
      "mix the data of a running experiment: a change of what is fingerprinted under the old salt. Of wordings it "
      "shows "
      "both fingerprints and the words that were [-removed-] and {+added+}, by language and channel.";
  command.next = "Give a breaking edit a new salt, which makes it a new version, and tactful check it.";
  command.run = run_diff;
  return command;
}

}  // namespace tactful::tools
