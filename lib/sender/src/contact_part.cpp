#include "contact_part.hpp"

#include <exception>
#include <limits>
#include <variant>

#include "segment_values.hpp"
#include "tactful/core/key.hpp"

namespace tactful {
namespace {

constexpr TimeMs kAskAgain = 60'000;

ContactDecision allowed() {
  ContactDecision decision;
  decision.verdict = ContactVerdict::kAllowed;
  decision.reason = ContactReason::kAllowed;
  return decision;
}

// Whatever is not known, nothing may be sent.
ContactDecision unavailable(Error error, TimeMs now) {
  ContactDecision decision;
  decision.until = now + kAskAgain;
  decision.error = std::move(error);
  return decision;
}

ContactDecision no_state(TimeMs now) {
  return unavailable({ErrorCode::kUnavailable, "the experiment has a contact policy and the sender no contact state",
                      "contact", "open the contact state and give it to the sender"},
                     now);
}

std::string_view zone_of(const Subject& subject, const ContactAbout& about) noexcept {
  if (!about.zone.empty()) return about.zone;
  for (const Attribute& attribute : subject.attributes) {
    const auto* text = std::get_if<std::string_view>(&attribute.value);
    if (attribute.name == "time_zone" && text != nullptr) return *text;
  }
  return {};
}

// For an experiment that names no policy, where the sender knows what customers have said: objections, lists and
// repeated messages bind, and nothing else does.
ContactPolicy objections_only() {
  ContactPolicy made;
  made.key = "objections-only";
  made.consent = ConsentBasis::kOptOut;
  made.add_ons = std::numeric_limits<std::int64_t>::max();
  return made;
}

ContactRequest request_of(const CompiledExperiment& compiled, const Subject& subject, const ContactAbout& about,
                          const SegmentValues& segments) {
  ContactRequest request;
  request.unit = subject.unit;
  request.purpose = compiled.experiment.purpose;
  request.channel = about.channel;
  request.zone = zone_of(subject, about);
  request.reminder = ContactPart::reminder_of(compiled);
  request.experiment = compiled.experiment.key;
  request.ticket = about.ticket;
  request.ticket_state = about.ticket_state;
  request.segments = segments.pairs();
  request.add_ons = about.add_ons;
  request.respond_by = about.respond_by;
  request.follow_up_of = about.follow_up_of;
  request.step = about.step;
  return request;
}

void count(std::array<std::atomic<std::int64_t>, kContactReasons>& counts, ContactReason reason) noexcept {
  counts[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
}

std::int64_t copy(const std::array<std::atomic<std::int64_t>, kContactReasons>& from,
                  std::array<std::int64_t, kContactReasons>& to) noexcept {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < to.size(); ++i) sum += to[i] = from[i].load(std::memory_order_relaxed);
  return sum;
}

}  // namespace

ContactPart::ContactPart(std::shared_ptr<ContactState> state)
    : state_(std::move(state)), objections_only_(objections_only()) {}

std::string_view ContactPart::reminder_of(const CompiledExperiment& compiled) noexcept {
  if (compiled.contact != nullptr) {
    for (const ReminderStates& one : compiled.contact->tickets.reminders) {
      if (one.reminder == compiled.experiment.scenario && !one.reminder.empty()) return one.reminder;
    }
  }
  return compiled.experiment.key;
}

ContactDecision ContactPart::decide(const CompiledExperiment* compiled, const Subject& subject,
                                    const ContactAbout& about, TimeMs now) noexcept {
  ContactDecision decision;
  try {
    if (compiled == nullptr) {
      decision = unavailable({ErrorCode::kNotFound, "the catalogue has no such experiment, so no contact policy",
                              "experiment", "check the key, or decide by other means"},
                             now);
    } else if (compiled->contact == nullptr && state_ == nullptr) {
      decision = allowed();
    } else if (state_ == nullptr) {
      decision = no_state(now);
    } else {
      const SegmentValues segments(subject.attributes);
      decision = state_->decide(policy_for(*compiled), request_of(*compiled, subject, about, segments), now);
    }
  } catch (const std::exception&) {  // no memory
    decision = ContactDecision{};
    decision.until = now + kAskAgain;
  }
  count(before_, decision.reason);
  return decision;
}

Reservation ContactPart::reserve(const CompiledExperiment& compiled, const Subject& subject, const ContactAbout& about,
                                 std::string_view message_id, TimeMs now) noexcept {
  Reservation reservation;
  try {
    if (compiled.contact == nullptr && state_ == nullptr) {
      reservation.decision = allowed();
    } else if (state_ == nullptr) {
      reservation.decision = no_state(now);
    } else {
      const SegmentValues segments(subject.attributes);
      reservation =
          state_->reserve(policy_for(compiled), request_of(compiled, subject, about, segments), message_id, now);
    }
  } catch (const std::exception&) {
    reservation.decision = ContactDecision{};
    reservation.decision.until = now + kAskAgain;
  }
  count(at_send_, reservation.decision.reason);
  return reservation;
}

Reservation ContactPart::refuse_other_channel(std::string_view checked_for, TimeMs now) noexcept {
  Reservation reservation;
  reservation.decision.verdict = ContactVerdict::kDoNotContact;
  reservation.decision.reason = ContactReason::kInvalidRequest;
  try {
    const std::string name = is_key(checked_for) ? " \"" + std::string(checked_for) + "\"" : "";
    reservation.decision.error =
        Error{ErrorCode::kInvalidArgument, "the message was written and checked for another channel" + name, "channel",
              "render it for the channel that it is sent on"};
  } catch (const std::exception&) {  // no memory; refused all the same
    reservation.decision.until = now + kAskAgain;
  }
  count(at_send_, reservation.decision.reason);
  return reservation;
}

ContactCounters ContactPart::counters() const noexcept {
  ContactCounters counters;
  counters.asked = copy(before_, counters.before);
  copy(at_send_, counters.at_send);
  counters.reserved = counters.at_send[static_cast<std::size_t>(ContactReason::kAllowed)];
  return counters;
}

}  // namespace tactful
