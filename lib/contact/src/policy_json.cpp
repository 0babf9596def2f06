#include <sodium.h>

#include <array>
#include <cstdio>

#include "policy_reader.hpp"
#include "tactful/contact/contact_policy.hpp"

namespace tactful {
namespace {

Json texts(const std::vector<std::string>& items) {
  Json list = Json::array();
  for (const std::string& one : items) list.push_back(one);
  return list;
}

Json dates(const std::vector<std::int64_t>& days) {
  Json list = Json::array();
  for (const std::int64_t day : days) list.push_back(format_date(day_start(day, UtcOffset{})));
  return list;
}

Json weekdays(WeekdaySet set) {
  Json list = Json::array();
  for (std::size_t day = 0; day < 7; ++day)
    if ((set >> day & 1) != 0) list.push_back(weekday_names()[day]);
  return list;
}

std::string clock(int minutes) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d", minutes / 60, minutes % 60);
  return text.data();
}

Json hours_json(const ContactHours& hours) {
  Json list = Json::array();
  for (const HoursWindow& window : hours.windows) {
    list.push_back(Json::object()
                       .set("channels", texts(window.channels))
                       .set("days", to_string(window.days))
                       .set("weekdays", weekdays(window.weekdays))
                       .set("from", clock(window.from))
                       .set("until", clock(window.until)));
  }
  return list;
}

const char* name_of(ConsentBasis basis) { return basis == ConsentBasis::kOptIn ? "opt_in" : "opt_out"; }

Json consent_json(const ContactPolicy& policy) {
  Json object = Json::object().set("default", name_of(policy.consent));
  for (const auto& [purpose, basis] : policy.consent_by_purpose) object.set(purpose, name_of(basis));
  return object;
}

void set_filter(Json& object, const ContactFilter& filter) {
  object.set("channels", texts(filter.channels)).set("purposes", texts(filter.purposes));
}

Json caps_json(const std::vector<ContactCap>& caps) {
  static constexpr std::array<const char*, 5> kNames = {"day", "week", "month", "", "lifetime"};
  Json list = Json::array();
  for (const ContactCap& cap : caps) {
    const bool rolls = cap.period == ContactCap::Period::kRolling;
    Json object = Json::object();
    object.set("period", rolls ? format_duration(cap.rolling_ms) : kNames[static_cast<std::size_t>(cap.period)]);
    object.set("most", cap.most).set("always", cap.always);
    set_filter(object, cap.filter);
    list.push_back(std::move(object));
  }
  return list;
}

Json intervals_json(const std::vector<ContactInterval>& intervals) {
  Json list = Json::array();
  for (const ContactInterval& one : intervals) {
    Json object = Json::object().set("minimum", format_duration(one.minimum_ms));
    object.set("after", one.after_conversation ? "conversation" : "contact").set("always", one.always);
    set_filter(object, one.filter);
    list.push_back(std::move(object));
  }
  return list;
}

Json tiers_json(const std::vector<ContactTier>& tiers) {
  Json list = Json::array();
  for (const ContactTier& tier : tiers) {
    Json object = Json::object().set("key", tier.key).set("segment", tier.segment).set("values", texts(tier.values));
    list.push_back(object.set("caps", caps_json(tier.caps)).set("intervals", intervals_json(tier.intervals)));
  }
  return list;
}

Json tickets_json(const TicketStates& tickets) {
  Json transitions = Json::object();
  for (const auto& [from, to] : tickets.transitions) {
    Json list = transitions.find(from) == nullptr ? Json::array() : *transitions.find(from);
    transitions.set(from, list.push_back(to));
  }
  Json reminders = Json::object();
  for (const ReminderStates& one : tickets.reminders)
    reminders.set(one.reminder.empty() ? "default" : one.reminder, texts(one.states));
  return Json::object()
      .set("states", texts(tickets.states))
      .set("initial", tickets.initial)
      .set("transitions", std::move(transitions))
      .set("reminders", std::move(reminders))
      .set("required", tickets.required);
}

Json ladder_json(const FollowUpLadder& ladder) {
  Json steps = Json::array();
  for (const LadderStep& step : ladder.steps) {
    const bool escalates = step.action == LadderStep::Action::kEscalate;
    Json object = Json::object().set("key", step.key).set("action", escalates ? "escalate" : "remind");
    if (step.after_ms > 0) object.set("after", format_duration(step.after_ms));
    if (!step.experiment.empty()) object.set("experiment", step.experiment);
    if (escalates) object.set("to", step.to);
    if (step.within_ms > 0) object.set("within", format_duration(step.within_ms));
    steps.push_back(std::move(object));
  }
  return Json::object().set("respond_within", format_duration(ladder.respond_within_ms)).set("steps", std::move(steps));
}

Json rules_json(const ContactPolicy& policy) {
  static constexpr std::array<const char*, 3> kPriority = {"first", "person", "beyond_caps"};
  Json file = Json::object();
  file.set("schema", "tactful/contact/1").set("key", policy.key).set("region", policy.region);
  file.set("time_zone", policy.time_zone).set("fixed_offset", policy.fixed_offset.to_string());
  file.set("working_days", weekdays(policy.hours.calendar.working_weekdays));
  file.set("holidays", dates(policy.hours.calendar.holidays));
  file.set("make_up_days", dates(policy.hours.calendar.make_up_days));
  file.set("hours", hours_json(policy.hours)).set("consent", consent_json(policy));
  file.set("caps", caps_json(policy.caps)).set("intervals", intervals_json(policy.intervals));
  file.set("tiers", tiers_json(policy.tiers)).set("add_ons", policy.add_ons);
  if (policy.failed_attempts) {
    Json object = Json::object().set("most", policy.failed_attempts->most);
    object.set("within", format_duration(policy.failed_attempts->within_ms));
    object.set("hold", format_duration(policy.failed_attempts->hold_ms));
    set_filter(object, policy.failed_attempts->filter);
    file.set("failed_attempts", std::move(object));
  }
  Json cool_down = Json::object();
  for (const CoolDown& one : policy.cool_downs)
    cool_down.set(one.severity.empty() ? "default" : one.severity, format_duration(one.hold_ms));
  file.set("cool_down", std::move(cool_down));
  file.set("priority", kPriority[static_cast<std::size_t>(policy.priority)]);
  if (policy.tickets.is_declared()) file.set("tickets", tickets_json(policy.tickets));
  if (!policy.ladder.steps.empty()) file.set("ladder", ladder_json(policy.ladder));
  return file;
}

}  // namespace

Json to_json(const ContactPolicy& policy) {
  return rules_json(policy).set("title", policy.title).set("sources", texts(policy.sources));
}

std::string fingerprint(const ContactPolicy& policy) {
  const std::string text = rules_json(policy).canonical();
  std::array<unsigned char, 16> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     nullptr, 0);
  std::array<char, 33> hex{};
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
  return hex.data();
}

}  // namespace tactful
