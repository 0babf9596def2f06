#include <algorithm>

#include "contact_state_impl.hpp"

namespace tactful {
namespace {

Json time_json(TimeMs at) { return Json(format_time(at)); }

Json consents_json(const UnitFacts& facts) {
  Json list = Json::array();
  for (const ConsentFact& one : facts.consents) {
    list.push_back(Json::object()
                       .set("kind", one.kind == ConsentKind::kOptIn ? "opt_in" : "opt_out")
                       .set("purpose", one.purpose)
                       .set("channel", one.channel)
                       .set("at", time_json(one.at)));
  }
  return list;
}

Json lists_json(const UnitFacts& facts) {
  Json list = Json::array();
  for (const ListFact& one : facts.lists) {
    Json object = Json::object().set("list", to_string(one.list)).set("on", one.is_on);
    list.push_back(object.set("channel", one.channel).set("at", time_json(one.at)));
  }
  return list;
}

Json contacts_json(const UnitFacts& facts, const std::map<ContactId, DecidedBy>& decided) {
  Json list = Json::array();
  for (const ContactFact& one : facts.contacts) {
    Json object = Json::object().set("contact", one.event.hex()).set("channel", one.channel);
    object.set("purpose", one.purpose).set("at", time_json(one.at)).set("released", one.is_released);
    object.set("outcome", one.outcome ? Json(to_string(*one.outcome)) : Json());
    const auto by = decided.find(one.event);
    object.set("policy", by == decided.end() ? Json() : Json(by->second.key));
    object.set("policy_fingerprint", by == decided.end() ? Json() : Json(by->second.fingerprint));
    Json tiers = Json::array();
    if (by != decided.end())
      for (const std::string& tier : by->second.tiers) tiers.push_back(tier);
    list.push_back(object.set("tiers", by == decided.end() ? Json() : std::move(tiers)));
  }
  return list;
}

Json complaints_json(const UnitFacts& facts) {
  Json list = Json::array();
  for (const ComplaintFact& one : facts.complaints)
    list.push_back(Json::object().set("severity", one.severity).set("at", time_json(one.at)));
  return list;
}

Json rows_json(Query& rows, std::initializer_list<const char*> names) {
  Json list = Json::array();
  while (rows.step()) {
    Json object = Json::object();
    int column = 0;
    for (const std::string_view name : names) {
      if (name == "at" || name == "deadline") {
        object.set(std::string(name), time_json(rows.integer(column++)));
      } else if (name == "ticket" || name == "contact") {
        const ContactId id = rows.id(column++);
        object.set(std::string(name), id.is_none() ? "" : id.hex());
      } else {
        object.set(std::string(name), rows.text(column++));
      }
    }
    list.push_back(std::move(object));
  }
  return list;
}

}  // namespace

Result<std::vector<PolicyUse>> ContactStateImpl::policies() const {
  constexpr const char* kWhat = "cannot read the contact state";
  std::map<std::int64_t, PolicyUse> uses;
  ContactId last;
  for (bool has_more = true; has_more;) {
    const auto read = reading<bool>(kWhat, [&]() { return add_policy_uses(*state_, last, uses); });
    if (!read) return read.error();
    has_more = *read;
  }
  const auto named = reading<bool>(kWhat, [&]() {
    name_policies(*state_, uses);
    return true;
  });
  if (!named) return named.error();
  std::vector<PolicyUse> list;
  for (auto& [id, use] : uses) list.push_back(std::move(use));
  std::stable_sort(list.begin(), list.end(),
                   [](const PolicyUse& a, const PolicyUse& b) { return a.first_at < b.first_at; });
  return list;
}

Result<UnitFacts> ContactStateImpl::facts(std::string_view unit, std::string_view ticket) const {
  const ContactId about = ticket.empty() ? ContactId{} : identity_.ticket(ticket);
  return reading<UnitFacts>("cannot read the contact state",
                            [&]() { return read_facts(*state_, identity_.unit(unit), about); });
}

Result<Json> ContactStateImpl::export_unit(std::string_view unit) const {
  const ContactId who = identity_.unit(unit);
  return reading<Json>("cannot read the contact state", [&]() {
    const UnitFacts facts = read_facts(*state_, who, {});
    Json object = Json::object().set("schema", "tactful/contact-export/1").set("unit", who.hex());
    object.set("consents", consents_json(facts)).set("lists", lists_json(facts));
    object.set("contacts", contacts_json(facts, policies_of_unit(*state_, who)))
        .set("complaints", complaints_json(facts));
    Query responses = state_->query("SELECT at, ticket FROM responses WHERE unit = ? ORDER BY at, event");
    object.set("responses", rows_json(responses.bind(who), {"at", "ticket"}));
    Query moves = state_->query("SELECT ticket, at, state FROM moves WHERE unit = ? ORDER BY ticket, at, state");
    object.set("ticket_moves", rows_json(moves.bind(who), {"ticket", "at", "state"}));
    Query awaiting = state_->query(
        "SELECT contact, at, deadline, ticket, experiment, reminder, channel, purpose, zone, policy, ticket_state "
        "FROM awaiting WHERE unit = ? ORDER BY at, contact");
    object.set("awaiting",
               rows_json(awaiting.bind(who), {"contact", "at", "deadline", "ticket", "experiment", "reminder",
                                              "channel", "purpose", "zone", "policy", "ticket_state"}));
    Query steps = state_->query(
        "SELECT contact, step, at FROM steps WHERE contact IN (SELECT event FROM facts WHERE unit = ? AND kind = 4) "
        "ORDER BY at, contact, step");
    return object.set("steps", rows_json(steps.bind(who), {"contact", "step", "at"}));
  });
}

Status ContactStateImpl::remove_orphans() {
  ContactId last;
  for (bool has_more = !has_swept_; has_more;) {
    std::vector<ContactId> orphans;
    const auto read =
        reading<bool>("cannot read the contact state", [&]() { return next_orphans(*state_, last, orphans); });
    if (!read) return read.error();
    has_more = *read;
    if (orphans.empty()) continue;
    const auto removed = writing<bool>("cannot remove the customer", [&]() -> Result<bool> {
      for (const ContactId& contact : orphans) remove_orphan(*state_, contact);
      return true;
    });
    if (!removed) return removed.error();
  }
  has_swept_ = true;
  return {};
}

Result<std::int64_t> ContactStateImpl::forget(std::string_view unit, bool keep_objections) {
  const ContactId who = identity_.unit(unit);
  if (Status swept = remove_orphans(); !swept.ok()) return swept.error();
  return writing<std::int64_t>("cannot remove the customer", [&]() -> Result<std::int64_t> {
    std::int64_t removed = 0;
    const auto remove = [&](const char* sql) { removed += state_->query(sql).bind(who).run(); };
    // First what is found by the customer's contacts. What decided a contact counts with it, as in the export.
    if (state_->version() >= 2) {
      state_->query("DELETE FROM decided WHERE contact IN (SELECT event FROM facts WHERE unit = ? AND kind = 4)")
          .bind(who)
          .run();
    }
    remove("DELETE FROM steps WHERE contact IN (SELECT event FROM facts WHERE unit = ? AND kind = 4)");
    remove("DELETE FROM awaiting WHERE unit = ?");
    remove("DELETE FROM responses WHERE unit = ?");
    remove("DELETE FROM moves WHERE unit = ?");
    if (keep_objections) {
      remove("DELETE FROM facts WHERE unit = ? AND NOT (kind IN (1, 2) AND code = 0)");
    } else {
      remove("DELETE FROM facts WHERE unit = ?");
    }
    return removed;
  });
}

}  // namespace tactful
