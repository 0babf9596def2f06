#include "inputs.hpp"
#include "ledger_print.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"
#include "tactful/decision/stop_variant.hpp"

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

// What to do where the ledger itself is damaged: the stop was not entered.
Error not_stopped(Error error, const std::filesystem::path& ledger, const std::filesystem::path& file) {
  if (error.code != ErrorCode::kInvalidExperiment) return error;
  error.hint += std::string(error.hint.empty() ? "" : "; ") + "NOT stopped. By hand: keep the damaged ledger under " +
                "another name (mv " + ledger.string() + " " + ledger.string() + ".damaged) and stop again, or take " +
                file.string() + " out of the folder that the senders read";
  return error;
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
  if (!written) return not_stopped(written.error(), path, file);
  return written;
}

// What a stop of one wording does, in words.
std::string outcome_of(const Experiment& experiment, const std::string& variant, const std::vector<std::string>& others,
                       Language language) {
  const std::string what = printable(variant), control = printable(experiment.control().key);
  if (others.empty())
    return say(language, what + " was the last wording under test: everyone gets " + control + ", nobody is enrolled",
               what + " 是最后一个在测的文案：所有人收到 " + control + "，不再纳入新客户");
  std::string names;
  for (const std::string& one : others) names += (names.empty() ? "" : ", ") + printable(one);
  return say(language,
             "its customers get " + control + " and are not enrolled; " + names + " and " + control +
                 " go on with the customers that chance gave them",
             "它的客户收到 " + control + "，不计入实验；" + names + " 与 " + control + " 照常继续，客户分配不变");
}

Result<int> run_stop_variant(const std::filesystem::path& file, const std::string& variant, const Arguments& arguments,
                             Language language, Console& console) {
  const auto experiment = load_experiment(file);
  if (!experiment) {
    Error error = experiment.error();
    error.hint += std::string(error.hint.empty() ? "" : "; ") +
                  "a file that cannot be read can be stopped as a whole only: leave --variant out";
    return error;
  }
  if (const auto index = find_variant(*experiment, variant); !index) return index.error();
  const std::filesystem::path path = Ledger::path_of(folder_of(file), experiment->key);
  const auto ledger = Ledger::read(path);
  if (!ledger) return not_stopped(ledger.error(), path, file);
  const StopVariantRequest request{variant, *arguments.text("--by"), arguments.text_or("--role", ""),
                                   *arguments.text("--reason"), now_ms()};
  const auto others = check_variant_stop(*experiment, *ledger, request);
  if (!others) return others.error();
  const std::string outcome = outcome_of(*experiment, variant, *others, language);
  if (arguments.has("--dry-run")) {
    if (console.format == Format::kJson) {
      Json continuing = Json::array();
      for (const std::string& one : *others) continuing.push_back(one);
      Json object = Json::object().set("stopped", false).set("would_stop", true).set("experiment", experiment->key);
      object.set("variant", variant).set("continuing", std::move(continuing));
      console.out.line(object.dump(2));
      return kDone;
    }
    console.out.line(say(language, "would stop " + printable(variant) + ": " + outcome + "; nothing was changed",
                         "将停止 " + printable(variant) + "：" + outcome + "；什么都没有改变"));
    return kDone;
  }
  const auto entry = stop_variant(folder_of(file), *experiment, request);
  if (!entry) return not_stopped(entry.error(), path, file);
  print_entry(console, *entry,
              say(language, printable(variant) + " is stopped: from the senders' next reload on " + outcome,
                  printable(variant) + " 已停止：发送程序下次重新加载后，" + outcome),
              language);
  return kDone;
}

Result<int> run_stop(const Arguments& arguments, Console& console) {
  const std::filesystem::path file = *arguments.text("EXPERIMENT");
  const auto language = language_option(arguments);
  if (!language) return language.error();
  if (const auto variant = arguments.text("--variant"))
    return run_stop_variant(file, *variant, arguments, *language, console);
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
  command.summary = "Stops an experiment, where everyone gets control, or one wording of it.";
  command.examples = {{"tactful stop payment-reminder.json --by 'Li Na' --reason 'complaints about the third option'",
                       "Enters the stop into the ledger; senders obey at their next reload."},
                      {"tactful stop payment-reminder.json --variant firm --by 'Li Na' --reason 'complaints'",
                       "Only that wording, for good: its customers get control and leave the experiment."}};
  command.positionals = {experiment_spec()};
  command.options = {by_spec(),
                     {"--reason", "TEXT", "Why.", true},
                     {"--variant", "V", "Only this wording of a pilot with several; the others go on."},
                     role_spec(),
                     dry_run_spec(),
                     language_spec()};
  command.details =
      "Never asks back: stopping errs on the safe side. Where the file cannot be read, stops by the key in its name. "
      "With --variant the others keep their customers and their levels; a wording stopped by itself never comes back "
      "in this experiment, and the stop of the last one under test stops the pilot.";
  command.next = "tactful ledger show EXPERIMENT.";
  command.run = run_stop;
  return command;
}

}  // namespace tactful::tools
