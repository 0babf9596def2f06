#include "contact_files.hpp"
#include "contact_import.hpp"
#include "subject_ids.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

Json decision_json(const ContactDecision& decision) {
  Json object = Json::object().set("verdict", to_string(decision.verdict)).set("reason", to_string(decision.reason));
  object.set("until", decision.verdict == ContactVerdict::kHold ? Json(format_time(decision.until)) : Json());
  object.set("priority", decision.is_priority).set("zone_is_fallback", decision.zone_is_fallback);
  return object.set("error", decision.error ? Json(decision.error->message) : Json());
}

Result<Json> decision_about(const Arguments& arguments, const ContactState& state, const std::string& unit,
                            TimeMs now) {
  const auto file = arguments.text("--policy");
  if (!file) return Json();
  const auto policy = load_contact_policy(*file);
  if (!policy) return policy.error();
  const std::string purpose = arguments.text_or("--purpose", "service"),
                    channel = arguments.text_or("--channel", "sms");
  const std::string zone = arguments.text_or("--zone", ""), reminder = arguments.text_or("--reminder", "");
  ContactRequest request;
  request.unit = unit;
  request.purpose = purpose;
  request.channel = channel;
  request.zone = zone;
  request.reminder = reminder;
  return decision_json(state.decide(*policy, request, now)).set("channel", channel).set("purpose", purpose);
}

// One line for each thing known, so that tables and spreadsheets can show it.
void add_rows(Table& table, std::size_t customer, const Json& shown) {
  const auto row = [&](const char* what, std::string says, const Json& at) {
    table.rows.push_back({static_cast<std::int64_t>(customer), what, std::move(says), at});
  };
  const auto part = [&](const char* name) -> const Json::Array& { return shown.find(name)->as_array(); };
  const auto text = [](const Json& item, const char* name) { return plain(*item.find(name)); };
  const auto scope = [&](const Json& item, bool with_purpose) {
    const std::string channel = text(item, "channel"), purpose = with_purpose ? text(item, "purpose") : "";
    return (with_purpose ? (purpose.empty() ? ", every purpose" : ", " + purpose) : std::string()) +
           (channel.empty() ? ", every channel" : ", " + channel);
  };
  for (const Json& one : part("consents")) row("consent", text(one, "kind") + scope(one, true), *one.find("at"));
  for (const Json& one : part("lists"))
    row("list", text(one, "list") + (one.find("on")->as_bool() ? ": on" : ": off") + scope(one, false),
        *one.find("at"));
  for (const Json& one : part("contacts")) {
    const std::string outcome = text(one, "outcome");
    const char* state = one.find("released")->as_bool() ? "released" : "no report yet";
    row("contact", (outcome.empty() ? state : outcome) + scope(one, true), *one.find("at"));
  }
  for (const Json& one : part("complaints")) row("complaint", text(one, "severity"), *one.find("at"));
  for (const Json& one : part("responses")) row("response", "", *one.find("at"));
  for (const Json& one : part("ticket_moves")) row("ticket", text(one, "state"), *one.find("at"));
  for (const Json& one : part("awaiting")) row("awaits response", "by " + text(one, "deadline"), *one.find("at"));
  for (const Json& one : part("steps")) row("step taken", text(one, "step"), *one.find("at"));
  const Json* decision = shown.find("decision");
  if (decision == nullptr || decision->is_null()) return;
  row("may be contacted", text(*decision, "verdict") + ": " + text(*decision, "reason"), *decision->find("until"));
}

Result<int> show(const Arguments& arguments, Console& console) {
  const auto ids = read_subject_ids(arguments);
  if (!ids) return ids.error();
  const auto now = time_option(arguments, "--now", UtcOffset{});
  if (!now) return now.error();
  const auto state = open_contact_state(arguments, console, true, false);
  if (!state) return state.error();
  Json customers = Json::array();
  Table table{{"customer", "what", "says", "at"}, {}};
  for (std::size_t i = 0; i < ids->size(); ++i) {
    auto shown = (*state)->export_unit((*ids)[i]);
    if (!shown) return shown.error();
    auto decision = decision_about(arguments, **state, (*ids)[i], *now);
    if (!decision) return decision.error();
    shown->set("decision", std::move(decision).value());
    add_rows(table, i + 1, *shown);
    customers.push_back(std::move(shown).value());
  }
  if (console.format == Format::kJson) {
    console.out.line(Json::object().set("schema", "tactful/contact-show/1").set("customers", customers).dump(2));
  } else {
    console.out.write(render(table, console.format));
  }
  return kDone;
}

void print_count(Console& console, const std::string& action, std::int64_t added, std::int64_t known) {
  if (console.format == Format::kTable) {
    console.out.line(action + ": " + counted(added, "new entry", "new entries") + ", " + grouped(known) +
                     " known before");
    return;
  }
  if (console.format == Format::kJson) {
    console.out.line(Json::object().set("action", action).set("added", added).set("known", known).dump(2));
    return;
  }
  console.out.write(render(Table{{"action", "added", "known"}, {{action, added, known}}}, console.format));
}

Result<int> change_consent(const Arguments& arguments, Console& console, ConsentKind kind) {
  const auto ids = read_subject_ids(arguments);
  if (!ids) return ids.error();
  const auto now = time_option(arguments, "--now", UtcOffset{});
  if (!now) return now.error();
  const auto state = open_contact_state(arguments, console, false, true);
  if (!state) return state.error();
  const std::string purpose = arguments.text_or("--purpose", ""), channel = arguments.text_or("--channel", "");
  std::int64_t added = 0, known = 0;
  for (const std::string& id : *ids) {
    const auto done = kind == ConsentKind::kOptOut ? (*state)->opt_out(id, purpose, channel, *now, "")
                                                   : (*state)->record_consent(id, kind, purpose, channel, *now, "");
    if (!done) return done.error();
    (*done == Recorded::kNew ? added : known) += 1;
  }
  print_count(console, kind == ConsentKind::kOptOut ? "opt-out" : "opt-in", added, known);
  return kDone;
}

Result<int> import_list(const Arguments& arguments, Console& console) {
  const auto state = open_contact_state(arguments, console, false, true);
  if (!state) return state.error();
  const auto now = time_option(arguments, "--now", UtcOffset{});
  if (!now) return now.error();
  const auto done = import_contact_csv(arguments, **state, *now);
  if (!done) return done.error();
  print_count(console, "import", done->added, done->known);
  return kDone;
}

Result<int> run_contact(const Arguments& arguments, Console& console) {
  const std::string action = *arguments.text("ACTION");
  if (action == "show") return show(arguments, console);
  if (action == "opt-out") return change_consent(arguments, console, ConsentKind::kOptOut);
  if (action == "opt-in") return change_consent(arguments, console, ConsentKind::kOptIn);
  if (action == "import") return import_list(arguments, console);
  const std::vector<std::string> actions = {"show", "opt-out", "opt-in", "import"};
  const auto nearest = nearest_word(action, actions);
  return Error{ErrorCode::kInvalidArgument, "there is no action \"" + printable(action) + "\"", "ACTION",
               nearest ? "did you mean " + *nearest + "?" : "show, opt-out, opt-in or import"};
}

}  // namespace

Command contact_command() {
  Command command;
  command.name = "contact";
  command.summary = "Consent, do-not-contact and priority lists, and what is known of a customer.";
  command.examples = {
      {"tactful contact opt-out --state contact.db --id-file - < ids.txt", "In force at every sender's next decision."},
      {"tactful contact import --state contact.db --list do-not-contact --file list.csv", "A list from elsewhere."},
      {"tactful contact show --state contact.db --id-file id.txt --policy experiments/contact/cn.json",
       "Everything known, and whether an SMS may be sent now."}};
  command.positionals = {{"ACTION", "show, opt-out, opt-in or import."}};
  command.options = contact_state_options();
  const std::vector<OptionSpec> own = {
      {"--id-file", "FILE", "The raw ids, one a line; - is standard input. Ids are no words of the command line."},
      {"--file", "FILE", "import: the CSV file, or -."},
      {"--list", "NAME", "import: do-not-contact, priority or consent."},
      {"--encoding", "NAME", "import: utf-8 (default) or gb18030."},
      {"--dry-run", "", "import: read and count, change nothing."},
      {"--purpose", "KEY", "opt-out, opt-in: of which purpose, default all; show: for which, default service."},
      {"--channel", "KEY", "opt-out, opt-in: of which channel, default all; show: by which, default sms."},
      {"--policy", "FILE", "show: decide by this contact policy."},
      {"--zone", "NAME", "show: the customer's time zone; default the policy's."},
      {"--reminder", "KEY", "show: which kind of reminder, where the policy has ticket states."},
      {"--now", "TIME", "As of when; default now."}};
  command.options.insert(command.options.end(), own.begin(), own.end());
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details =
      "Columns of an import: unit; where there are any also channel, at, event_id, on (1 or 0, of lists), purpose and "
      "kind (opt_in or opt_out, of consent). A row that is wrong stops the import before anything is written. Rows "
      "that were imported before count once. The state stores pseudonyms under the key, never raw ids.";
  command.next = "tactful due lists what is due under the follow-up ladders.";
  command.run = run_contact;
  return command;
}

}  // namespace tactful::tools
