#include "inputs.hpp"
#include "ledger_print.hpp"
#include "tactful/core/text.hpp"
#include "tactful/decision/override.hpp"

namespace tactful::tools {
namespace {

Result<int> run_demote(const Arguments& arguments, Console& console) {
  const std::string file = *arguments.text("EXPERIMENT");
  const auto language = language_option(arguments);
  if (!language) return language.error();
  const auto experiment = load_experiment(file);
  if (!experiment) return experiment.error();
  const auto holdback = fraction_option(arguments, "--holdback");
  if (!holdback) return holdback.error();
  DemoteRequest request;
  request.by = *arguments.text("--by");
  request.role = arguments.text_or("--role", "");
  request.reason = *arguments.text("--reason");
  request.to = arguments.text_or("--to", "");
  request.holdback = *holdback;
  request.at = now_ms();
  if (!request.to.empty()) {
    if (const auto index = find_variant(*experiment, request.to); !index) {
      Error error = index.error();
      error.where = "--to";
      return error;
    }
  }
  const std::string control = printable(experiment->control().key), to = printable(request.to);
  const std::string says = request.to.empty() ? say(*language, "everyone gets " + control, "所有人收到 " + control)
                                              : say(*language, "everyone but the holdback gets " + to + " again",
                                                    "除保留组外，所有人重新收到 " + to);
  if (arguments.has("--dry-run")) {
    const auto ledger = Ledger::read(Ledger::path_of(folder_of(file), experiment->key));
    if (!ledger) return ledger.error();
    if (const Status good = check_demotion(*experiment, *ledger, request); !good) return good.error();
    print_would(
        console, "would_demote", experiment->key,
        say(*language, "would demote: " + says + "; nothing was changed", "将撤回推广：" + says + "；什么都没有改变"));
    return kDone;
  }
  const auto entry = demote(folder_of(file), *experiment, request);
  if (!entry) return entry.error();
  print_entry(console, *entry,
              say(*language, "demoted: from the senders' next reload on " + says,
                  "推广已撤回：发送程序下次重新加载后，" + says),
              *language);
  return kDone;
}

}  // namespace

Command demote_command() {
  Command command;
  command.name = "demote";
  command.summary = "Takes a promotion back: everyone gets control, or an earlier winner again.";
  command.examples = {
      {"tactful demote payment-reminder.json --by 'Zhao Min' --reason 'complaints rose after four weeks'",
       "Everyone gets control from the senders' next reload on."},
      {"tactful demote payment-reminder.json --by 'Zhao Min' --reason 'complaints rose' --to friendly --dry-run",
       "Whether the earlier winner can come back; changes nothing."}};
  command.positionals = {experiment_spec()};
  command.options = {by_spec(),
                     {"--reason", "TEXT", "Why.", true},
                     role_spec(),
                     {"--to", "VARIANT", "An earlier winner of this version; default control."},
                     {"--holdback", "SHARE", "With --to: share that stays on control; default the policy's."},
                     dry_run_spec(),
                     language_spec()};
  command.details =
      "One person is enough and nothing is asked back: it errs on the safe side. Refused where nothing is promoted "
      "(a pilot is ended with tactful stop).";
  command.next = "tactful ledger show EXPERIMENT.";
  command.run = run_demote;
  return command;
}

}  // namespace tactful::tools
