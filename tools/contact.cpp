#include <map>

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

// What a sender would know and this command was not told.
Json not_considered(const ContactPolicy& policy, const Arguments& arguments,
                    const std::map<std::string, std::string>& segments) {
  Json list = Json::array();
  const auto add = [&](const std::string& what) { list.push_back(Json(what)); };
  for (const ContactTier& tier : policy.tiers)
    if (segments.count(tier.segment) == 0) add("tier " + tier.key + " (--segment " + tier.segment + "=VALUE)");
  if (policy.tickets.is_declared() && !arguments.has("--ticket") && !arguments.has("--ticket-state"))
    add("the ticket's state (--ticket or --ticket-state)");
  if (policy.tickets.is_declared() && !arguments.has("--reminder")) add("the kind of reminder (--reminder)");
  if (!arguments.has("--zone")) add("the customer's own time zone (--zone)");
  add("offers beside the reminder");
  if (!policy.ladder.steps.empty()) add("whether it is a ladder's step");
  return list;
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
  const std::string ticket = arguments.text_or("--ticket", ""), ticket_state = arguments.text_or("--ticket-state", "");
  const auto segments = arguments.pairs("--segment");
  if (!segments) return segments.error();
  if (!ticket_state.empty() && policy->tickets.is_declared() && !policy->tickets.is_state(ticket_state)) {
    const auto nearest = nearest_word(ticket_state, policy->tickets.states);
    return Error{ErrorCode::kInvalidArgument, "\"" + printable(ticket_state) + "\" is no ticket state of the policy",
                 "--ticket-state", nearest ? "did you mean " + *nearest + "?" : "/tickets/states lists them"};
  }
  const std::vector<std::pair<std::string_view, std::string_view>> values(segments->begin(), segments->end());
  ContactRequest request;
  request.segments = values;
  request.ticket = ticket;
  request.ticket_state = ticket_state;
  request.unit = unit;
  request.purpose = purpose;
  request.channel = channel;
  request.zone = zone;
  request.reminder = reminder;
  return decision_json(state.decide(*policy, request, now))
      .set("channel", channel)
      .set("purpose", purpose)
      .set("not_considered", not_considered(*policy, arguments, *segments));
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
    const std::string policy = text(one, "policy"), print = text(one, "policy_fingerprint");
    const std::string by = policy.empty() ? "" : ", by policy " + policy + " " + print.substr(0, 8);
    row("contact", (outcome.empty() ? state : outcome) + scope(one, true) + by, *one.find("at"));
  }
  for (const Json& one : part("complaints")) row("complaint", text(one, "severity"), *one.find("at"));
  for (const Json& one : part("responses")) row("response", "", *one.find("at"));
  for (const Json& one : part("ticket_moves")) row("ticket", text(one, "state"), *one.find("at"));
  for (const Json& one : part("awaiting")) row("awaits response", "by " + text(one, "deadline"), *one.find("at"));
  for (const Json& one : part("steps")) row("step taken", text(one, "step"), *one.find("at"));
  const Json* decision = shown.find("decision");
  if (decision == nullptr || decision->is_null()) return;
  row("may be contacted", text(*decision, "verdict") + ": " + text(*decision, "reason"), *decision->find("until"));
  std::string unknown;
  for (const Json& one : decision->find("not_considered")->as_array())
    unknown += (unknown.empty() ? "" : "; ") + one.as_string();
  row("not considered", unknown, Json());
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

// Which rules decided the contacts on record.
Result<int> policies(const Arguments& arguments, Console& console) {
  const auto state = open_contact_state(arguments, console, true, false);
  if (!state) return state.error();
  const auto uses = (*state)->policies();
  if (!uses) return uses.error();
  Json list = Json::array();
  Table table{{"policy", "fingerprint", "contacts", "first", "last"}, {}};
  for (const PolicyUse& one : *uses) {
    auto rules = parse_json(one.rules);
    if (!rules) return rules.error();
    const Json first(format_time(one.first_at)), last(format_time(one.last_at));
    table.rows.push_back({one.key, one.fingerprint, one.contacts, first, last});
    Json object = Json::object().set("policy", one.key).set("fingerprint", one.fingerprint);
    object.set("contacts", one.contacts).set("first_at", first).set("last_at", last);
    list.push_back(object.set("rules", *std::move(rules)));
  }
  if (console.format == Format::kJson) {
    console.out.line(Json::object().set("schema", "tactful/contact-policies/1").set("policies", list).dump(2));
  } else if (console.format == Format::kTable && uses->empty()) {
    console.out.line("no contact on record names its policy");
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
  const auto state = open_contact_state(arguments, console, false, false);
  if (!state) return state.error();
  const std::string purpose = arguments.text_or("--purpose", ""), channel = arguments.text_or("--channel", "");
  std::vector<ContactEntry> entries;
  for (const std::string& id : *ids) {
    ContactEntry entry;
    entry.unit = id;
    entry.consent = kind;
    entry.purpose = purpose;
    entry.channel = channel;
    entries.push_back(entry);
  }
  const auto done = record_in_batches(**state, entries, *now);
  if (!done) return done.error();
  print_count(console, kind == ConsentKind::kOptOut ? "opt-out" : "opt-in", done->added, done->known);
  return kDone;
}

Result<int> init(const Arguments& arguments, Console& console) {
  std::error_code failed;
  const bool is_there = std::filesystem::exists(*arguments.text("--state"), failed);
  const auto state = open_contact_state(arguments, console, false, true);
  if (!state) return state.error();
  print_count(console, "init", is_there ? 0 : 1, is_there ? 1 : 0);
  return kDone;
}

Result<int> import_list(const Arguments& arguments, Console& console) {
  const auto now = time_option(arguments, "--now", UtcOffset{});
  if (!now) return now.error();
  if (arguments.has("--dry-run")) {
    const auto counted = import_contact_csv(arguments, nullptr, *now);
    if (!counted) return counted.error();
    print_count(console, "import", counted->added, counted->known);
    return kDone;
  }
  const auto state = open_contact_state(arguments, console, false, arguments.has("--create"));
  if (!state) return state.error();
  const auto done = import_contact_csv(arguments, state->get(), *now);
  if (!done) return done.error();
  print_count(console, "import", done->added, done->known);
  return kDone;
}

Result<int> run_contact(const Arguments& arguments, Console& console) {
  const std::string action = *arguments.text("ACTION");
  if (action == "show") return show(arguments, console);
  if (action == "policies") return policies(arguments, console);
  if (action == "opt-out") return change_consent(arguments, console, ConsentKind::kOptOut);
  if (action == "opt-in") return change_consent(arguments, console, ConsentKind::kOptIn);
  if (action == "import") return import_list(arguments, console);
  if (action == "init") return init(arguments, console);
  const std::vector<std::string> actions = {"init", "show", "policies", "opt-out", "opt-in", "import"};
  const auto nearest = nearest_word(action, actions);
  return Error{ErrorCode::kInvalidArgument, "there is no action \"" + printable(action) + "\"", "ACTION",
               nearest ? "did you mean " + *nearest + "?" : "init, show, policies, opt-out, opt-in or import"};
}

}  // namespace

Command contact_command() {
  Command command;
  command.name = "contact";
  command.summary = "Consent, do-not-contact and priority lists, and what is known of a customer.";
  command.examples = {
      {"tactful contact init --state contact.db", "Makes the state, once; nothing else makes a missing one anew."},
      {"tactful contact opt-out --state contact.db --id-file - < ids.txt", "In force at every sender's next decision."},
      {"tactful contact import --state contact.db --list do-not-contact --file list.csv", "A list from elsewhere."},
      {"tactful contact show --state contact.db --id-file id.txt --policy experiments/contact/cn.json",
       "Everything known, and whether an SMS may be sent now."},
      {"tactful contact policies --state contact.db --json", "Under which rules contacts were made, and those rules."}};
  command.positionals = {{"ACTION", "init, show, policies, opt-out, opt-in or import."}};
  command.options = contact_state_options();
  const std::vector<OptionSpec> own = {
      {"--id-file", "FILE", "The raw ids, one a line; - is standard input. Ids are no words of the command line."},
      {"--file", "FILE", "import: the CSV file, or -."},
      {"--list", "NAME", "import: do-not-contact, priority or consent."},
      {"--encoding", "NAME", "import: utf-8 (default) or gb18030."},
      {"--dry-run", "", "import: read and count, change nothing."},
      {"--create", "", "import: make the state where there is none."},
      {"--purpose", "KEY", "opt-out, opt-in: of which purpose, default all; show: for which, default service."},
      {"--channel", "KEY", "opt-out, opt-in: of which channel, default all; show: by which, default sms."},
      {"--policy", "FILE", "show: decide by this contact policy."},
      {"--zone", "NAME",
       "show: the customer's time zone, default the policy's; import: whose clock times without a zone are by."},
      {"--reminder", "KEY", "show: which kind of reminder, where the policy has ticket states."},
      {"--segment", "NAME=VALUE", "show: an attribute of the customers, for tiers.", false, true},
      {"--ticket", "ID", "show: of which ticket the recorded state counts."},
      {"--ticket-state", "STATE", "show: the ticket's state, instead of the recorded one."},
      {"--now", "TIME", "As of when; default now."}};
  command.options.insert(command.options.end(), own.begin(), own.end());
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details =
      "Columns of an import: unit; where there are any also channel, at, event_id, on (1 or 0, of lists), purpose and "
      "kind (opt_in or opt_out, of consent). An opt_in, and on = 0, need a time; times need a zone, their own "
      "or --zone. A row that is wrong stops the import before anything is written. Rows that were imported before "
      "count once. The state stores pseudonyms under the key, never raw ids.";
  command.next = "tactful due lists what is due under the follow-up ladders.";
  command.run = run_contact;
  return command;
}

}  // namespace tactful::tools
