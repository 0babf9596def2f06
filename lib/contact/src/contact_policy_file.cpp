#include <algorithm>

#include "policy_checks.hpp"
#include "policy_reader.hpp"
#include "tactful/contact/contact_policy.hpp"
#include "tactful/core/file.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

constexpr std::string_view kSchema = "tactful/contact/1";
constexpr std::int64_t kMostContacts = 100'000;

void read_schema(const Json& file, PolicyReader& reader) {
  if (!reader.require("schema", "add \"schema\": \"" + std::string(kSchema) + "\"")) return;
  const Json* schema = file.find("schema");
  if (schema->is_string() && schema->as_string() == kSchema) return;
  reader.error("schema", "/schema",
               "this release reads \"" + std::string(kSchema) + "\"; this file says " + printable(schema->dump()),
               "a higher number needs a newer release");
}

ContactHours read_hours(PolicyReader& reader) {
  ContactHours hours;
  hours.calendar.working_weekdays = reader.weekdays("working_days", hours.calendar.working_weekdays);
  hours.calendar.holidays = reader.dates("holidays");
  hours.calendar.make_up_days = reader.dates("make_up_days");
  const Json::Array& windows = reader.list("hours");
  for (std::size_t i = 0; i < windows.size(); ++i) {
    PolicyReader item(windows[i], append_pointer("/hours", i), {"channels", "days", "weekdays", "from", "until"},
                      reader.findings());
    HoursWindow window;
    window.channels = item.keys("channels");
    window.days = static_cast<DayKind>(item.choice("days", 0, {"every", "working", "rest"}));
    window.weekdays = item.weekdays("weekdays", kEveryWeekday);
    window.from = item.clock("from", 0);
    window.until = item.clock("until", 1440);
    hours.windows.push_back(std::move(window));
  }
  return hours;
}

void read_consent(PolicyReader& reader, ContactPolicy& policy) {
  const Json* consent = reader.member("consent", Json::Type::kObject);
  if (consent == nullptr) return;
  PolicyReader item(*consent, "/consent", {}, reader.findings());
  for (const Json::Member& member : item.members()) {
    const auto basis = static_cast<ConsentBasis>(item.choice(member.first, 0, {"opt_in", "opt_out"}));
    if (member.first == "default") {
      policy.consent = basis;
    } else if (is_key(member.first)) {
      policy.consent_by_purpose.emplace_back(member.first, basis);
    } else {
      item.error("key", item.at(member.first), "\"" + printable(member.first) + "\" is no key",
                 "name a purpose by a key");
    }
  }
  std::sort(policy.consent_by_purpose.begin(), policy.consent_by_purpose.end());
}

ContactFilter read_filter(PolicyReader& reader) { return {reader.keys("channels"), reader.keys("purposes")}; }

std::vector<ContactCap> read_caps(PolicyReader& reader) {
  std::vector<ContactCap> caps;
  const Json::Array& items = reader.list("caps");
  for (std::size_t i = 0; i < items.size(); ++i) {
    PolicyReader item(items[i], append_pointer(reader.at("caps"), i),
                      {"period", "most", "channels", "purposes", "always"}, reader.findings());
    ContactCap cap;
    if (items[i].is_object()) {
      item.require("period", "write day, week, month, lifetime, or a length like 7d for a sliding period");
      item.require("most", "say how many contacts are allowed");
    }
    const std::string period = item.text("period", "day");
    const std::vector<std::string> names = {"day", "week", "month", "rolling", "lifetime"};
    const auto found = std::find(names.begin(), names.end(), period);
    if (found != names.end() && period != "rolling") {
      cap.period = static_cast<ContactCap::Period>(found - names.begin());
    } else {
      cap.period = ContactCap::Period::kRolling;
      cap.rolling_ms = read_duration(Json(period), item.at("period"), reader.findings()).value_or(kMillisecondsPerDay);
    }
    cap.most = item.integer("most", 1, 1, kMostContacts);
    cap.filter = read_filter(item);
    cap.always = item.boolean("always", false);
    caps.push_back(std::move(cap));
  }
  return caps;
}

std::vector<ContactInterval> read_intervals(PolicyReader& reader) {
  std::vector<ContactInterval> intervals;
  const Json::Array& items = reader.list("intervals");
  for (std::size_t i = 0; i < items.size(); ++i) {
    PolicyReader item(items[i], append_pointer(reader.at("intervals"), i),
                      {"minimum", "after", "channels", "purposes", "always"}, reader.findings());
    ContactInterval interval;
    if (items[i].is_object()) item.require("minimum", "say how long to wait, for example \"24h\"");
    interval.minimum_ms = item.duration("minimum", 1);
    interval.after_conversation = item.choice("after", 0, {"contact", "conversation"}) == 1;
    interval.filter = read_filter(item);
    interval.always = item.boolean("always", false);
    intervals.push_back(std::move(interval));
  }
  return intervals;
}

void read_tiers(PolicyReader& reader, ContactPolicy& policy) {
  const Json::Array& items = reader.list("tiers");
  for (std::size_t i = 0; i < items.size(); ++i) {
    PolicyReader item(items[i], append_pointer("/tiers", i), {"key", "segment", "values", "caps", "intervals"},
                      reader.findings());
    if (items[i].is_object()) {
      for (const char* name : {"key", "segment", "values"}) item.require(name, "a tier names the segment it is for");
    }
    ContactTier tier;
    tier.key = item.key("key");
    tier.segment = item.text("segment");
    tier.values = item.texts("values");
    tier.caps = read_caps(item);
    tier.intervals = read_intervals(item);
    policy.tiers.push_back(std::move(tier));
  }
}

void read_failed_attempts(PolicyReader& reader, ContactPolicy& policy) {
  const Json* value = reader.member("failed_attempts", Json::Type::kObject);
  if (value == nullptr) return;
  PolicyReader item(*value, "/failed_attempts", {"most", "within", "hold", "channels", "purposes"}, reader.findings());
  for (const char* name : {"most", "within", "hold"})
    item.require(name, "write {\"most\": 3, \"within\": \"1d\", \"hold\": \"7d\"}");
  FailedAttempts rule;
  rule.most = item.integer("most", 1, 1, kMostContacts);
  rule.within_ms = item.duration("within", kMillisecondsPerDay);
  rule.hold_ms = item.duration("hold", kMillisecondsPerDay);
  rule.filter = read_filter(item);
  policy.failed_attempts = std::move(rule);
}

void read_cool_downs(PolicyReader& reader, ContactPolicy& policy) {
  const Json* value = reader.member("cool_down", Json::Type::kObject);
  if (value == nullptr) return;
  PolicyReader item(*value, "/cool_down", {}, reader.findings());
  for (const Json::Member& member : item.members()) {
    const bool is_default = member.first == "default";
    if (!is_default && !is_key(member.first)) {
      item.error("key", item.at(member.first), "\"" + printable(member.first) + "\" is no key",
                 "name a severity by a key");
    }
    const TimeMs hold = item.duration(member.first, 1);
    policy.cool_downs.push_back({is_default ? "" : member.first, hold});
  }
  std::sort(policy.cool_downs.begin(), policy.cool_downs.end(),
            [](const CoolDown& a, const CoolDown& b) { return a.severity < b.severity; });
}

void read_tickets(PolicyReader& reader, ContactPolicy& policy) {
  const Json* value = reader.member("tickets", Json::Type::kObject);
  if (value == nullptr) return;
  PolicyReader item(*value, "/tickets", {"states", "initial", "transitions", "reminders", "required"},
                    reader.findings());
  for (const char* name : {"states", "initial", "reminders"})
    item.require(name, "declare the states, the first one, and which states allow which reminder");
  TicketStates& tickets = policy.tickets;
  tickets.states = item.keys("states");
  tickets.initial = item.key("initial");
  tickets.required = item.boolean("required", false);
  if (const Json* moves = item.member("transitions", Json::Type::kObject)) {
    PolicyReader from(*moves, "/tickets/transitions", {}, reader.findings());
    for (const Json::Member& member : from.members())
      for (std::string& to : from.keys(member.first)) tickets.transitions.emplace_back(member.first, std::move(to));
  }
  if (const Json* allowed = item.member("reminders", Json::Type::kObject)) {
    PolicyReader kinds(*allowed, "/tickets/reminders", {}, reader.findings());
    for (const Json::Member& member : kinds.members())
      tickets.reminders.push_back({member.first == "default" ? "" : member.first, kinds.keys(member.first)});
  }
}

void read_ladder(PolicyReader& reader, ContactPolicy& policy) {
  const Json* value = reader.member("ladder", Json::Type::kObject);
  if (value == nullptr) return;
  PolicyReader item(*value, "/ladder", {"respond_within", "steps"}, reader.findings());
  item.require("respond_within", "say how long a customer has to respond, for example \"3d\"");
  item.require("steps", "list what follows, for example a second reminder and an escalation");
  policy.ladder.respond_within_ms = item.duration("respond_within", kMillisecondsPerDay);
  const Json::Array& steps = item.list("steps");
  for (std::size_t i = 0; i < steps.size(); ++i) {
    PolicyReader one(steps[i], append_pointer("/ladder/steps", i),
                     {"key", "action", "after", "experiment", "to", "within"}, reader.findings());
    if (steps[i].is_object()) {
      one.require("key", "name the step, for example second-reminder");
      one.require("action", "write remind or escalate");
    }
    LadderStep step;
    step.key = one.key("key");
    step.action = static_cast<LadderStep::Action>(one.choice("action", 0, {"remind", "escalate"}));
    step.after_ms = one.duration("after", 0);
    step.experiment = one.key("experiment");
    const std::vector<std::string_view> people = {"accountable", "responsible", "consulted", "informed"};
    if (step.action == LadderStep::Action::kEscalate) step.to = people[one.choice("to", 0, people)];
    step.within_ms = one.duration("within", 0);
    policy.ladder.steps.push_back(std::move(step));
  }
}

void read_heading(PolicyReader& reader, ContactPolicy& policy) {
  reader.require("key", "give the policy the name of its file without .json");
  policy.key = reader.key("key");
  policy.title = reader.text("title", policy.key);
  policy.region = reader.text("region");
  policy.sources = reader.texts("sources");
  policy.time_zone = reader.text("time_zone");
  if (!reader.require("fixed_offset", "say which offset holds where the time zone cannot be found, for example +08:00"))
    return;
  const auto offset = UtcOffset::parse(reader.text("fixed_offset", "Z"));
  if (offset)
    policy.fixed_offset = *offset;
  else
    reader.error("utc-offset", "/fixed_offset", offset.error().message, offset.error().hint);
}

}  // namespace

ContactPolicyFile parse_contact_policy(std::string_view text, std::string_view origin) {
  ContactPolicyFile file;
  const auto json = parse_json(text, origin);
  if (!json) {
    file.diagnostics.push_back(
        {Severity::kError, "json", "", json.error().message + " (" + json.error().where + ")", "mend the JSON text"});
    return file;
  }
  PolicyReader reader(*json, "", {"$schema",   "schema",       "key",          "title",    "region",          "sources",
                                  "time_zone", "fixed_offset", "working_days", "holidays", "make_up_days",    "hours",
                                  "consent",   "caps",         "intervals",    "tiers",    "failed_attempts", "add_ons",
                                  "cool_down", "priority",     "tickets",      "ladder"},
                      file.diagnostics);
  if (!json->is_object()) return file;
  ContactPolicy policy;
  read_schema(*json, reader);
  read_heading(reader, policy);
  policy.hours = read_hours(reader);
  read_consent(reader, policy);
  policy.caps = read_caps(reader);
  policy.intervals = read_intervals(reader);
  read_tiers(reader, policy);
  read_failed_attempts(reader, policy);
  policy.add_ons = reader.integer("add_ons", 1, 0, 1);
  read_cool_downs(reader, policy);
  policy.priority = static_cast<PriorityBehaviour>(reader.choice("priority", 0, {"first", "person", "beyond_caps"}));
  read_tickets(reader, policy);
  read_ladder(reader, policy);
  check_contact_rules(policy, reader);
  if (!has_errors(file.diagnostics)) file.policy = std::move(policy);
  return file;
}

Result<ContactPolicyFile> read_contact_policy(const std::filesystem::path& path) {
  const auto text = read_file(path);
  if (!text) return text.error();
  ContactPolicyFile file = parse_contact_policy(*text, path.filename().string());
  if (file.policy && path.filename() != file.policy->key + ".json") {
    file.diagnostics.push_back(
        {Severity::kError, "file-name", "/key",
         "the file is called " + printable(path.filename().string()) + " and its key is \"" + file.policy->key + "\"",
         "rename the file to " + file.policy->key + ".json, or change the key"});
    file.policy.reset();
  }
  return file;
}

}  // namespace tactful
