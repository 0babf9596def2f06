#include "tactful/experiment/ledger.hpp"

#include <algorithm>

#include "inputs.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"
#include "tactful/decision/promote.hpp"

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

// Of an experiment whose file cannot be read: no version has it, and a stop for another version stays in force.
constexpr std::string_view kUnknownFingerprint = "00000000000000000000000000000000";

// What a stop needs to know. A file that cannot be read as an experiment must not keep anybody from stopping it.
struct StopTarget {
  std::string key, fingerprint, control = "control";
};

Result<StopTarget> stop_target(const std::filesystem::path& file, const Console& console) {
  const auto experiment = load_experiment(file);
  if (experiment) return StopTarget{experiment->key, fingerprint(*experiment), printable(experiment->control().key)};
  const std::string key = file.stem().string();
  if (experiment.error().code == ErrorCode::kNotFound || !is_key(key)) return experiment.error();
  console.warn("warning: " + file.string() + " cannot be read as an experiment: " + experiment.error().message +
               "\n  The stop is entered for " + key +
               ", the key by the file's name. Running senders take no reload of the folder\n"
               "  while the file is broken: mend it, or take it out of the folder.");
  return StopTarget{key, std::string(kUnknownFingerprint)};
}

Result<LedgerEntry> append_stop(const std::filesystem::path& file, const StopTarget& target,
                                const Arguments& arguments) {
  LedgerEntry entry;
  entry.at = now_ms();
  entry.by = *arguments.text("--by");
  entry.role = arguments.text_or("--role", "");
  entry.action = LedgerAction::kStop;
  entry.experiment = target.key;
  entry.fingerprint = target.fingerprint;
  entry.body = Json::object().set("reason", *arguments.text("--reason"));
  const std::filesystem::path path = Ledger::path_of(folder_of(file), target.key);
  auto written = Ledger::append(path, std::move(entry));
  if (written || written.error().code != ErrorCode::kInvalidExperiment) return written;
  Error error = written.error();
  error.hint += std::string(error.hint.empty() ? "" : "; ") + "NOT stopped. By hand: keep the damaged ledger under " +
                "another name (mv " + path.string() + " " + path.string() + ".damaged) and stop again, or take " +
                file.string() + " out of the folder that the senders read";
  return error;
}

Result<int> run_approve(const Arguments& arguments, Console& console) {
  const std::string file = *arguments.text("EXPERIMENT");
  const auto experiment = load_experiment(file);
  if (!experiment) return experiment.error();
  const std::string variant = *arguments.text("--variant");
  if (const auto index = find_variant(*experiment, variant); !index) return index.error();
  const std::string role = *arguments.text("--role");
  const auto& roles = experiment->policy.approvals;
  if (!roles.empty() && std::find(roles.begin(), roles.end(), role) == roles.end()) {
    std::string names;
    for (const std::string& one : roles) names += (names.empty() ? "" : ", ") + one;
    const auto nearest = nearest_word(role, roles);
    return Error{ErrorCode::kInvalidArgument,
                 "the experiment's policy asks for no approval by the role \"" + printable(role) + "\"", "--role",
                 (nearest ? "did you mean " + *nearest + "? " : std::string()) + "it asks for " + names};
  }
  const auto entry = approve(folder_of(file), *experiment, {variant, *arguments.text("--by"), role, now_ms()});
  if (!entry) return entry.error();
  print_entry(console, *entry,
              printable(entry->by) + " (" + printable(role) + ") approved promoting " + printable(variant));
  return kDone;
}

Result<int> run_stop(const Arguments& arguments, Console& console) {
  const std::filesystem::path file = *arguments.text("EXPERIMENT");
  const auto target = stop_target(file, console);
  if (!target) return target.error();
  if (arguments.has("--dry-run")) {
    if (console.format == Format::kJson) {
      console.out.line(
          Json(Json::Object{{"stopped", false}, {"would_stop", true}, {"experiment", target->key}}).dump(2));
      return kDone;
    }
    console.out.line("would stop " + target->key + ": everyone gets control, nobody is enrolled; nothing was changed");
    return kDone;
  }
  const auto entry = append_stop(file, *target, arguments);
  if (!entry) return entry.error();
  print_entry(console, *entry,
              target->key + " is stopped: from their next reload on senders give everyone " + target->control +
                  " and enrol nobody");
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
      "An approval counts for the version, the policy.approvals and the owner that it was given under. The owner "
      "cannot "
      "approve, and nobody counts for two roles.";
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
  command.details =
      "Never asks back: stopping errs on the safe side. Where the file cannot be read, stops by the key in its name.";
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
