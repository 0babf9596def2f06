#include "inputs.hpp"
#include "ledger_print.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

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

Result<int> run_stop(const Arguments& arguments, Console& console) {
  const std::filesystem::path file = *arguments.text("EXPERIMENT");
  const auto language = language_option(arguments);
  if (!language) return language.error();
  const auto target = stop_target(file, console);
  if (!target) return target.error();
  if (arguments.has("--dry-run")) {
    if (console.format == Format::kJson) {
      console.out.line(
          Json(Json::Object{{"stopped", false}, {"would_stop", true}, {"experiment", target->key}}).dump(2));
      return kDone;
    }
    console.out.line(
        say(*language, "would stop " + target->key + ": everyone gets control, nobody is enrolled; nothing was changed",
            "将停止 " + target->key + "：所有人收到对照文案，不再纳入新客户；什么都没有改变"));
    return kDone;
  }
  const auto entry = append_stop(file, *target, arguments);
  if (!entry) return entry.error();
  print_entry(console, *entry,
              say(*language,
                  target->key + " is stopped: from their next reload on senders give everyone " + target->control +
                      " and enrol nobody",
                  target->key + " 已停止：发送程序下次重新加载后，所有人收到 " + target->control + "，不再纳入新客户"),
              *language);
  return kDone;
}

}  // namespace

Command stop_command() {
  Command command;
  command.name = "stop";
  command.summary = "Stops an experiment: everyone gets control.";
  command.examples = {{"tactful stop payment-reminder.json --by 'Li Na' --reason 'complaints about the third option'",
                       "Enters the stop into the ledger; senders obey at their next reload."}};
  command.positionals = {experiment_spec()};
  command.options = {by_spec(), {"--reason", "TEXT", "Why.", true}, role_spec(), dry_run_spec(), language_spec()};
  command.details =
      "Never asks back: stopping errs on the safe side. Where the file cannot be read, stops by the key in its name.";
  command.next = "tactful ledger show EXPERIMENT.";
  command.run = run_stop;
  return command;
}

}  // namespace tactful::tools
