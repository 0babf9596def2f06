#include "tactful/contact/contact_state.hpp"

#include "contact_state_impl.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

constexpr std::size_t kMostZoneWarnings = 100;

ContactDecision refusal(ContactReason reason, Error error) {
  ContactDecision decision;
  decision.verdict = ContactVerdict::kDoNotContact;
  decision.reason = reason;
  decision.error = std::move(error);
  return decision;
}

}  // namespace

ContactStateImpl::ContactStateImpl(std::unique_ptr<StateDatabase> state, ContactPseudonymizer identity,
                                   ContactStateOptions options, LogSink* log)
    : state_(std::move(state)), identity_(std::move(identity)), options_(options), log_(log), zones_(options.zones) {}

Result<std::unique_ptr<ContactState>> ContactState::open(const std::filesystem::path& file,
                                                         ContactPseudonymizer pseudonymizer,
                                                         ContactStateOptions options, LogSink* log) {
  if (options.busy_timeout_ms < 0 || options.busy_timeout_ms > 60'000) {
    return Error{ErrorCode::kInvalidArgument, "the busy timeout is out of range", "busy_timeout_ms", "0 to 60000"};
  }
  if (options.retry_ms < 1 || options.retry_ms > kMillisecondsPerDay) {
    return Error{ErrorCode::kInvalidArgument, "the time until a retry is out of range", "retry_ms", "1 ms to one day"};
  }
  auto state = StateDatabase::open(file, pseudonymizer.key_id(), options);
  if (!state) return state.error();
  return std::unique_ptr<ContactState>(
      std::make_unique<ContactStateImpl>(std::move(*state), std::move(pseudonymizer), options, log));
}

ContactStateImpl::Zone ContactStateImpl::zone_of(const ContactPolicy& policy, std::string_view name) const {
  if (!name.empty()) {
    const auto zone = zones_.find(name);
    if (zone) return {*zone, false, true};
    // Never the text: it comes with a customer and may be anything.
    if (log_ != nullptr && !std::exchange(has_warned_of_customer_zone_, true))
      log_->log(LogLevel::kWarning,
                "a customer's time zone cannot be found; the policy's is used (this is said once for all customers)");
  }
  if (!policy.time_zone.empty()) {
    const auto zone = zones_.find(policy.time_zone);
    if (zone) return {*zone, !name.empty(), false};
    if (log_ != nullptr && warned_zones_.size() < kMostZoneWarnings && warned_zones_.emplace(policy.time_zone).second)
      log_->log(LogLevel::kWarning, describe(zone.error()));
  }
  return {TimeZone::fixed(policy.fixed_offset), !name.empty() || !policy.time_zone.empty(), false};
}

ContactDecision ContactStateImpl::unavailable(Error error, TimeMs now) const {
  ContactDecision decision;  // a hold: whatever fails, nothing is sent
  decision.until = now + options_.retry_ms;
  decision.error = std::move(error);
  return decision;
}

bool ContactStateImpl::is_ladder_ended(const ContactRequest& request) const {
  if (request.follow_up_of.is_none()) return false;
  {
    Query open = state_->query("SELECT 1 FROM awaiting WHERE contact = ?");
    if (!open.bind(request.follow_up_of).step()) return true;
  }
  Query taken = state_->query("SELECT 1 FROM steps WHERE contact = ? AND step = ?");
  return taken.bind(request.follow_up_of).bind(request.step).step();
}

ContactDecision ContactStateImpl::judge(const ContactPolicy& policy, const ContactRequest& request,
                                        const ContactId& unit, const ContactId& ticket, TimeMs now) const {
  const UnitFacts facts = read_facts(*state_, unit, ticket);
  const Zone zone = zone_of(policy, request.zone);
  ContactDecision decision = decide_contact(policy, zone.zone, request, facts, now);
  decision.zone_is_fallback = zone.is_fallback;
  const bool may_send = decision.verdict != ContactVerdict::kDoNotContact;
  if (may_send && is_ladder_ended(request)) {
    decision.verdict = ContactVerdict::kDoNotContact;
    decision.reason = ContactReason::kLadderEnded;
    decision.until = 0;
  }
  return decision;
}

ContactDecision ContactStateImpl::decide(const ContactPolicy& policy, const ContactRequest& request,
                                         TimeMs now) const noexcept {
  try {
    const ContactId unit = identity_.unit(request.unit);
    const ContactId ticket = request.ticket.empty() ? ContactId{} : identity_.ticket(request.ticket);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (Status status = state_->usable(); !status.ok()) return unavailable(status.error(), now);
    try {
      // One statement is a transaction by itself; several are held together.
      if (ticket.is_none() && request.follow_up_of.is_none()) return judge(policy, request, unit, ticket, now);
      StateTransaction transaction(*state_, false);
      ContactDecision decision = judge(policy, request, unit, ticket, now);
      transaction.commit();
      return decision;
    } catch (const std::exception& failure) {
      return unavailable(state_->error("cannot read the contact state", failure), now);
    }
  } catch (...) {  // out of memory, or a mutex that the system refuses
    ContactDecision decision;
    decision.until = now + options_.retry_ms;
    return decision;
  }
}

ContactId ContactStateImpl::contact_of(std::string_view unit, std::string_view event_id) const noexcept {
  try {
    const ContactId first = event_of(unit, event_id, {});
    const auto latest = reading<ContactId>("cannot read the contact state", [&]() {
      const Attempt attempt = latest_attempt(first);
      return attempt.row ? attempt.contact : first;
    });
    return latest ? *latest : ContactId{};
  } catch (...) {
    return {};
  }
}

ContactId ContactStateImpl::next_of(const ContactId& contact) const { return identity_.event("anew:" + contact.hex()); }

// Each reservation of a message has a row of its own, so that a late report or release of one that was given back
// cannot touch the next. An outcome reported after the release means that it was sent after all.
ContactStateImpl::Attempt ContactStateImpl::latest_attempt(const ContactId& first) const {
  Attempt attempt{first, find_contact(*state_, first), false};
  while (attempt.row) {
    attempt.is_made = attempt.is_made || attempt.row->code != kCodeReleased;
    const ContactId next = next_of(attempt.contact);
    const auto row = find_contact(*state_, next);
    if (!row) break;
    attempt = {next, row, attempt.is_made};
  }
  return attempt;
}

// Lengths keep ("a", "bc") and ("ab", "c") apart; an id of the client's cannot look like one made of the content.
ContactId ContactStateImpl::event_of(std::string_view unit, std::string_view event_id, std::string_view content) const {
  std::string text = (event_id.empty() ? "content:" : "client:") + std::to_string(unit.size()) + ":";
  text.append(unit).append(event_id.empty() ? content : event_id);
  return identity_.event(text);
}

Reservation ContactStateImpl::reserve(const ContactPolicy& policy, const ContactRequest& request,
                                      std::string_view event_id, TimeMs now) noexcept {
  Reservation made;
  made.decision.until = now + options_.retry_ms;
  try {
    made.policy_fingerprint = fingerprint(policy);
    if (event_id.empty()) {
      made.decision =
          refusal(ContactReason::kInvalidRequest, {ErrorCode::kInvalidArgument, "the message's id is missing",
                                                   "event_id", "without one a retry would send twice"});
      return made;
    }
    const ContactId unit = identity_.unit(request.unit);
    const ContactId ticket = request.ticket.empty() ? ContactId{} : identity_.ticket(request.ticket);
    const ContactId first = event_of(request.unit, event_id, {});
    auto decided = writing<ContactDecision>("cannot reserve the contact", [&]() -> Result<ContactDecision> {
      const Attempt known = latest_attempt(first);
      ContactDecision decision = judge(policy, request, unit, ticket, now);
      if (known.is_made)
        decision = refusal(ContactReason::kDuplicate, {ErrorCode::kConflict, "reserved before", "", ""});
      if (!decision.is_allowed()) return decision;
      made.contact = known.row ? next_of(known.contact) : first;  // given back before: the retry is a first sending
      made.ticket_before = decision.ticket_state;
      insert_contact(policy, request, unit, ticket, made, now);
      return decision;
    });
    if (decided) {
      made.decision = std::move(*decided);
    } else {
      made.decision = unavailable(decided.error(), now);
    }
    if (!made.decision.is_allowed()) made.contact = {};
  } catch (...) {
    made = {};
    made.decision.until = now + options_.retry_ms;
  }
  return made;
}

void ContactStateImpl::insert_contact(const ContactPolicy& policy, const ContactRequest& request, const ContactId& unit,
                                      const ContactId& ticket, const Reservation& made, TimeMs now) {
  state_->query("INSERT INTO facts(unit, kind, event, at, code, channel, subject) VALUES(?, 4, ?, ?, 0, ?, ?)")
      .bind(unit)
      .bind(made.contact)
      .bind(now)
      .bind(request.channel)
      .bind(request.purpose)
      .run();
  note_policy(*state_, made.contact, policy, made.policy_fingerprint, request);
  if (!request.follow_up_of.is_none()) {
    state_->query("INSERT INTO steps(contact, step, at, made_by) VALUES(?, ?, ?, ?)")
        .bind(request.follow_up_of)
        .bind(request.step)
        .bind(now)
        .bind(made.contact)
        .run();
    return;  // the ladder of the first contact goes on
  }
  if (policy.ladder.steps.empty() || has_responded(*state_, unit, ticket, now)) return;
  AwaitingResponse awaiting;
  awaiting.contact = made.contact;
  awaiting.unit = unit;
  awaiting.ticket = ticket;
  awaiting.contacted_at = now;
  awaiting.deadline = request.respond_by > 0 ? request.respond_by : now + policy.ladder.respond_within_ms;
  awaiting.policy = policy.key;
  awaiting.experiment = request.experiment;
  awaiting.reminder = request.reminder;
  awaiting.channel = request.channel;
  awaiting.purpose = request.purpose;
  if (zone_of(policy, request.zone).is_customers) awaiting.zone = request.zone;  // else it may be any text
  awaiting.ticket_state = request.ticket_state;
  put_awaiting(*state_, awaiting);
}

Status ContactStateImpl::complete(const ContactId& contact, AttemptOutcome outcome) {
  const auto done = writing<bool>("cannot report the contact's outcome", [&]() -> Result<bool> {
    const auto row = find_contact(*state_, contact);
    if (!row) return Error{ErrorCode::kNotFound, "this contact was never reserved", contact.hex(), ""};
    const auto known = outcome_of(row->code);
    const AttemptOutcome best = known ? std::max(*known, outcome) : outcome;
    set_contact_code(*state_, row->unit, contact, contact_code((row->code & kCodeReleased) != 0, best));
    return true;
  });
  return done ? Status() : Status(done.error());
}

Status ContactStateImpl::release(const ContactId& contact) {
  const auto done = writing<bool>("cannot release the contact", [&]() -> Result<bool> {
    const auto row = find_contact(*state_, contact);
    if (!row) return Error{ErrorCode::kNotFound, "this contact was never reserved", contact.hex(), ""};
    if (const auto outcome = outcome_of(row->code)) {
      return Error{ErrorCode::kConflict, "the contact was made: its outcome is " + std::string(to_string(*outcome)),
                   contact.hex(), ""};
    }
    if ((row->code & kCodeReleased) != 0) {
      if (!find_contact(*state_, next_of(contact))) return true;
      return Error{ErrorCode::kConflict, "the contact was given back before, and the message reserved anew",
                   contact.hex(), "the new reservation is another contact and stands"};
    }
    set_contact_code(*state_, row->unit, contact, kCodeReleased);
    state_->query("DELETE FROM awaiting WHERE contact = ?").bind(contact).run();
    state_->query("DELETE FROM steps WHERE made_by = ?").bind(contact).run();
    return true;
  });
  return done ? Status() : Status(done.error());
}

}  // namespace tactful
