#include <algorithm>
#include <map>

#include "contact_files.hpp"
#include "subject_ids.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

namespace fs = std::filesystem;

// Names of people, and raw ids, of what is due.
struct Names {
  std::map<std::string, Experiment> experiments;
  std::map<ContactId, std::string> customers;

  [[nodiscard]] std::string person(const DueStep& due) const {
    const auto found = experiments.find(due.awaiting.experiment);
    if (due.step.action != LadderStep::Action::kEscalate || found == experiments.end()) return {};
    const Experiment& experiment = found->second;
    const auto joined = [](const std::vector<std::string>& names) {
      std::string all;
      for (const std::string& one : names) all += (all.empty() ? "" : ", ") + one;
      return all;
    };
    if (due.step.to == "responsible") return experiment.responsible;
    if (due.step.to == "consulted") return joined(experiment.consulted);
    if (due.step.to == "informed") return joined(experiment.informed);
    return experiment.accountable;
  }
  [[nodiscard]] std::string customer(const ContactId& id) const {
    const auto found = customers.find(id);
    return found == customers.end() ? id.hex() : found->second;
  }
};

Names names_of(const Arguments& arguments, const fs::path& folder, const ContactState& state,
               const std::vector<std::string>& ids, const std::vector<DueStep>& steps, Console& console) {
  Names names;
  if (arguments.has("--id-file"))
    for (const std::string& id : ids) names.customers[state.pseudonymizer().unit(id)] = id;
  for (const DueStep& due : steps) {
    const std::string& key = due.awaiting.experiment;
    if (key.empty() || names.experiments.count(key) != 0) continue;
    auto experiment = load_experiment(folder / (key + ".json"));
    if (experiment) {
      names.experiments.emplace(key, std::move(experiment).value());
    } else {
      console.warn("who answers for \"" + printable(key) + "\" is not known: " + experiment.error().message);
      names.experiments.emplace(key, Experiment{});
    }
  }
  return names;
}

Json step_json(const DueStep& due, const Names& names) {
  const bool escalates = due.step.action == LadderStep::Action::kEscalate;
  const AwaitingResponse& awaiting = due.awaiting;
  Json object = Json::object().set("contact", awaiting.contact.hex()).set("customer", names.customer(awaiting.unit));
  object.set("ticket", awaiting.ticket.is_none() ? "" : awaiting.ticket.hex())
      .set("ticket_state", awaiting.ticket_state);
  object.set("policy", awaiting.policy).set("experiment", awaiting.experiment).set("step", due.step.key);
  object.set("action", escalates ? "escalate" : "remind");
  object.set("step_experiment", due.step.experiment.empty() ? awaiting.experiment : due.step.experiment);
  object.set("to", due.step.to).set("person", names.person(due)).set("channel", awaiting.channel);
  object.set("contacted_at", format_time(awaiting.contacted_at)).set("deadline", format_time(awaiting.deadline));
  object.set("due_at", format_time(due.due_at)).set("overdue", due.is_overdue).set("priority", due.is_priority);
  if (!escalates) {
    object.set("verdict", to_string(due.decision.verdict)).set("reason", to_string(due.decision.reason));
    object.set("until", due.decision.verdict == ContactVerdict::kHold ? Json(format_time(due.decision.until)) : Json());
  }
  return object.set("why", due.why);
}

std::string what_to_do(const DueStep& due, const Names& names) {
  if (due.step.action == LadderStep::Action::kEscalate) {
    const std::string person = names.person(due);
    return std::string(due.is_overdue ? "OVERDUE: " : "") + "escalate to " + due.step.to +
           (person.empty() ? "" : " " + person);
  }
  if (due.decision.is_allowed()) return "remind";
  std::string text = "remind, but " + std::string(to_string(due.decision.reason));
  if (due.decision.verdict == ContactVerdict::kHold) text += " until " + format_time(due.decision.until);
  return text;
}

void print(Console& console, const std::vector<DueStep>& steps, const Names& names, TimeMs now) {
  if (console.format == Format::kJson) {
    Json list = Json::array();
    for (const DueStep& due : steps) list.push_back(step_json(due, names));
    Json object = Json::object().set("schema", "tactful/due/1").set("now", format_time(now));
    console.out.line(object.set("steps", std::move(list)).dump(2));
    return;
  }
  Table table{{"due", "customer", "step", "what to do", "why", "contact"}, {}};
  for (const DueStep& due : steps) {
    table.rows.push_back({format_time(due.due_at), names.customer(due.awaiting.unit), due.step.key,
                          what_to_do(due, names), due.why, due.awaiting.contact.hex()});
  }
  if (console.format == Format::kTable && steps.empty()) {
    console.out.line("nothing is due");
    return;
  }
  console.out.write(render(table, console.format));
}

// A step that no ladder has would be taken for nothing, and the one that was meant would stay due.
Status check_step(const std::string& step, const std::vector<ContactPolicy>& policies, const ContactState& state,
                  const ContactId& contact, TimeMs now) {
  std::vector<std::string> keys;
  const auto steps = state.due(policies, now);
  if (!steps) return steps.error();
  const auto due =
      std::find_if(steps->begin(), steps->end(), [&](const DueStep& one) { return one.awaiting.contact == contact; });
  for (const ContactPolicy& policy : policies) {
    if (due != steps->end() && policy.key != due->awaiting.policy) continue;
    for (const LadderStep& one : policy.ladder.steps) keys.push_back(one.key);
  }
  if (std::find(keys.begin(), keys.end(), step) != keys.end()) return {};
  const auto nearest = nearest_word(step, keys);
  std::string known;
  for (const std::string& one : keys) known += (known.empty() ? "" : ", ") + one;
  return Error{ErrorCode::kInvalidArgument, "the ladder has no step \"" + printable(step) + "\"", "--step",
               nearest ? "did you mean " + *nearest + "?" : "its steps are: " + known};
}

Result<int> take(const Arguments& arguments, const std::vector<ContactPolicy>& policies, ContactState& state,
                 Console& console, TimeMs now) {
  const auto contact = ContactId::from_hex(*arguments.text("--take"));
  if (!contact) {
    return Error{ErrorCode::kInvalidArgument, "this is no contact", "--take",
                 "32 hex digits, as tactful due prints them"};
  }
  const auto step = arguments.text("--step");
  if (!step)
    return Error{ErrorCode::kInvalidArgument, "which step was taken is missing", "--step", "as tactful due prints it"};
  if (const Status known = check_step(*step, policies, state, *contact, now); !known) return known.error();
  if (const Status done = state.take_step(*contact, *step, now); !done) return done.error();
  if (const auto ended = state.end_finished(policies); !ended) return ended.error();
  console.note("taken: " + printable(*step));
  return kDone;
}

Result<int> run_due(const Arguments& arguments, Console& console) {
  const fs::path folder = *arguments.text("FOLDER");
  const auto now = time_option(arguments, "--now", UtcOffset{});
  if (!now) return now.error();
  const bool takes = arguments.has("--take");
  const auto state = open_contact_state(arguments, console, !takes, false);
  if (!state) return state.error();
  const auto policies = load_contact_policies(folder);
  if (!policies) return policies.error();
  if (policies->empty()) {
    return Error{ErrorCode::kNotFound, "there is no contact policy, so no ladder", (folder / "contact").string(), ""};
  }
  if (takes) return take(arguments, *policies, **state, console, *now);
  std::vector<std::string> ids;
  if (arguments.has("--id-file")) {
    auto read = read_subject_ids(arguments);
    if (!read) return read.error();
    ids = std::move(read).value();
  }
  const auto steps = (*state)->due(*policies, *now);
  if (!steps) return steps.error();
  print(console, *steps, names_of(arguments, folder, **state, ids, *steps, console), *now);
  return kDone;
}

}  // namespace

Command due_command() {
  Command command;
  command.name = "due";
  command.summary = "What is due where customers have not responded: second reminders and escalations, and why.";
  command.examples = {
      {"tactful due experiments --state contact.db --id-file customers.txt", "With the customers' own ids."},
      {"tactful due experiments --state contact.db --now 2026-05-20T09:00:00+08:00 --json",
       "As of a moment, for a program."},
      {"tactful due experiments --state contact.db --take 22a9740de8426e43fe5d25c80b0d750c --step escalation",
       "Somebody has taken up an escalation."}};
  command.positionals = {{"FOLDER", "The experiments, with contact/."}};
  command.options = contact_state_options();
  const std::vector<OptionSpec> own = {
      {"--now", "TIME", "As of when; default now."},
      {"--id-file", "FILE", "Raw ids, one a line, to print instead of pseudonyms; - is standard input."},
      {"--take", "CONTACT", "Records that a step of this contact was taken up; lists nothing."},
      {"--step", "KEY", "Which step, with --take."}};
  command.options.insert(command.options.end(), own.begin(), own.end());
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details =
      "A ladder overrides nothing: a reminder that may not be sent is listed with its reason and, where waiting helps, "
      "until when; the escalation to a person comes in its time all the same. The state knows pseudonyms only; "
      "--id-file turns those of your customers back. With --id-file the output is personal data.";
  command.next = "Send each reminder through a sender as a follow-up of its contact; it decides and reserves again.";
  command.run = run_due;
  return command;
}

}  // namespace tactful::tools
