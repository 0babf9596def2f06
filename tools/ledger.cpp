#include "tactful/experiment/ledger.hpp"

#include "inputs.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"

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

Json entry_to_json(const LedgerEntry& entry) {
  Json object = Json::object();
  object.set("sequence", entry.sequence).set("at", format_time(entry.at)).set("by", entry.by).set("role", entry.role);
  object.set("action", to_string(entry.action))
      .set("experiment", entry.experiment)
      .set("fingerprint", entry.fingerprint);
  object.set("body", entry.body).set("previous", entry.previous).set("hash", entry.hash);
  return object;
}

void print_entry(Console& console, const LedgerEntry& entry, const std::string& says) {
  if (console.format == Format::kJson) {
    console.out.line(entry_to_json(entry).dump(2));
    return;
  }
  console.out.line(says);
  console.out.line("ledger entry " + std::to_string(entry.sequence) + ", head " + entry.hash);
}

Result<LedgerEntry> append(const std::filesystem::path& file, const Experiment& experiment, LedgerAction action,
                           const Arguments& arguments, Json body) {
  LedgerEntry entry;
  entry.at = now_ms();
  entry.by = arguments.text_or("--by", "");
  entry.role = arguments.text_or("--role", "");
  entry.action = action;
  entry.experiment = experiment.key;
  entry.fingerprint = fingerprint(experiment);
  entry.body = std::move(body);
  return Ledger::append(Ledger::path_of(folder_of(file), experiment.key), std::move(entry));
}

Result<int> run_approve(const Arguments& arguments, Console& console) {
  const std::string file = *arguments.text("EXPERIMENT");
  const auto experiment = load_experiment(file);
  if (!experiment) return experiment.error();
  const std::string variant = *arguments.text("--variant");
  if (const auto index = find_variant(*experiment, variant); !index) return index.error();
  const std::string role = *arguments.text("--role");
  const auto& roles = experiment->policy.approvals;
  if (std::find(roles.begin(), roles.end(), role) == roles.end()) {
    std::string names;
    for (const std::string& one : roles) names += (names.empty() ? "" : ", ") + one;
    const auto nearest = nearest_word(role, roles);
    return Error{ErrorCode::kInvalidArgument,
                 "the experiment's policy asks for no approval by the role \"" + printable(role) + "\"", "--role",
                 (nearest ? "did you mean " + *nearest + "? " : std::string()) +
                     (names.empty() ? "it asks for none" : "it asks for " + names)};
  }
  Json body = Json::object();
  body.set("decision", "promote").set("variant", variant);
  const auto entry = append(file, *experiment, LedgerAction::kApprove, arguments, std::move(body));
  if (!entry) return entry.error();
  print_entry(console, *entry,
              printable(entry->by) + " (" + printable(role) + ") approved promoting " + printable(variant));
  return kDone;
}

Result<int> run_stop(const Arguments& arguments, Console& console) {
  const std::string file = *arguments.text("EXPERIMENT");
  const auto experiment = load_experiment(file);
  if (!experiment) return experiment.error();
  Json body = Json::object();
  body.set("reason", *arguments.text("--reason"));
  if (arguments.has("--dry-run")) {
    if (console.format == Format::kJson) {
      console.out.line(
          Json(Json::Object{{"stopped", false}, {"would_stop", true}, {"experiment", experiment->key}}).dump(2));
      return kDone;
    }
    console.out.line("would stop " + experiment->key +
                     ": everyone gets control, nobody is enrolled; nothing was changed");
    return kDone;
  }
  const auto entry = append(file, *experiment, LedgerAction::kStop, arguments, std::move(body));
  if (!entry) return entry.error();
  print_entry(console, *entry,
              experiment->key + " is stopped: from their next reload on senders give everyone " +
                  printable(experiment->control().key) + " and enrol nobody");
  return kDone;
}

Result<int> run_ledger(const Arguments& arguments, Console& console) {
  const std::string what = *arguments.text("ACTION");
  if (what != "verify" && what != "show")
    return Error{ErrorCode::kInvalidArgument, "\"" + printable(what) + "\" is neither verify nor show", "ledger",
                 "for example: tactful ledger verify experiments/payment-reminder.json"};
  const std::string file = *arguments.text("EXPERIMENT");
  const auto experiment = load_experiment(file);
  if (!experiment) return experiment.error();
  const auto path = Ledger::path_of(folder_of(file), experiment->key);
  const auto ledger = Ledger::read(path);
  if (!ledger) return ledger.error();
  const auto state = lifecycle_of(*experiment, *ledger);
  if (!state) return state.error();
  if (const auto expected = arguments.text("--head"); expected && *expected != ledger->head())
    return Error{ErrorCode::kInvalidExperiment,
                 "the head is " + ledger->head() + ", not the one given: entries were cut off or added", path.string(),
                 "compare with the head printed by the last review"};
  if (ledger->torn_bytes() > 0)
    console.warn("warning: " + std::to_string(ledger->torn_bytes()) +
                 " bytes of an append that was cut off; never acknowledged");
  Table table{{"sequence", "at", "action", "by", "role", "body"}, {}};
  Json entries = Json::array();
  for (const LedgerEntry& entry : ledger->entries()) {
    table.rows.push_back(
        {entry.sequence, format_time(entry.at), to_string(entry.action), entry.by, entry.role, entry.body.dump()});
    entries.push_back(entry_to_json(entry));
  }
  if (console.format == Format::kJson) {
    Json object = Json::object();
    object.set("experiment", experiment->key).set("entries", static_cast<std::int64_t>(ledger->entries().size()));
    object.set("head", ledger->head())
        .set("state", state_name(state->state))
        .set("variant", state->variant)
        .set("phase", state->phase);
    if (what == "show") object.set("ledger", entries);
    console.out.line(object.dump(2));
    return kDone;
  }
  if (what == "show" && !table.rows.empty()) console.out.write(render(table, console.format));
  const auto entry_count = static_cast<std::int64_t>(ledger->entries().size());
  console.out.line(
      (entry_count == 0 ? std::string("no entries yet") : counted(entry_count, "entry", "entries") + ", chain whole") +
      "; state " + std::string(state_name(state->state)) +
      (state->variant.empty() ? "" : " " + printable(state->variant)) + ", phase " + state->phase);
  console.out.line("head " + ledger->head());
  return kDone;
}

const PositionalSpec kExperiment{"EXPERIMENT", "The experiment file."};
const OptionSpec kBy{"--by", "NAME", "Who acts; written down as declared, not authenticated.", true};

}  // namespace

Command approve_command() {
  Command command;
  command.name = "approve";
  command.summary = "Enters a role's approval of promoting a variant into the ledger.";
  command.examples = {{"tactful approve payment-reminder.json --variant helpful --role compliance --by 'Zhao Min'",
                       "One approval; policy.approvals says which roles must approve."}};
  command.positionals = {kExperiment};
  command.options = {
      {"--variant", "V", "Which variant is approved.", true}, {"--role", "R", "In which role.", true}, kBy};
  command.details =
      "An approval counts for the version of the experiment that it was given for, and the owner cannot approve.";
  command.next = "when every role has approved: tactful promote EXPERIMENT --store FILE --variant V --by NAME.";
  command.run = run_approve;
  return command;
}

Command stop_command() {
  Command command;
  command.name = "stop";
  command.summary = "Stops an experiment: everyone gets control.";
  command.examples = {{"tactful stop payment-reminder.json --by 'Li Na' --reason 'complaints about the third option'",
                       "Enters the stop into the ledger; senders obey at their next reload."}};
  command.positionals = {kExperiment};
  command.options = {kBy,
                     {"--reason", "TEXT", "Why.", true},
                     {"--role", "R", "In which role."},
                     {"--dry-run", "", "Say what would happen, change nothing."}};
  command.details = "Never asks back: stopping errs on the safe side.";
  command.next = "tactful ledger show EXPERIMENT.";
  command.run = run_stop;
  return command;
}

Command ledger_command() {
  Command command;
  command.name = "ledger";
  command.summary = "Verifies or shows the hash-chained record of approvals, stops and promotions.";
  command.examples = {
      {"tactful ledger verify payment-reminder.json", "Whether no entry was edited; prints the head to keep."},
      {"tactful ledger show payment-reminder.json", "Every entry."},
      {"tactful ledger verify payment-reminder.json --head 3f9a...",
       "Whether the head is still the one you noted: shows truncation."}};
  command.positionals = {{"ACTION", "verify or show."}, kExperiment};
  command.options = {{"--head", "HASH", "The head that a review printed."}};
  command.details =
      "A broken chain ends with exit code 3. The chain shows edits; only comparing heads shows entries cut off the "
      "end.";
  command.next = "tactful approve, tactful promote, tactful stop.";
  command.run = run_ledger;
  return command;
}

}  // namespace tactful::tools
