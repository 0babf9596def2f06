#include "tactful/sender/sender.hpp"

#include <new>
#include <utility>

#include "compose.hpp"
#include "contact_part.hpp"
#include "segment_values.hpp"
#include "tactful/core/key.hpp"

namespace tactful {
namespace {

constexpr std::string_view kHoldoutPhase = "holdout";

// Idempotent: the same message of the same unit at the same millisecond is one event.
std::string event_id_of(EventType type, const CompiledExperiment& compiled, std::string_view phase, TimeMs now) {
  std::string id(to_string(type));
  id.append("/").append(compiled.experiment.key).append("/").append(phase).append("/");
  return id.append(std::to_string(now));
}

// An exposure and an outcome of one message may have one id; identity does not know the type. The form is the import's.
std::string exposure_id(const CompiledExperiment& compiled, std::string_view client_id) {
  std::string id("exposure:");
  return id.append(compiled.experiment.key).append(":").append(client_id);
}

// Of two opt-outs at one moment, for two channels, each stands; so do those that two programs report under one id.
std::string contact_event_id(const Outcome& outcome, std::string_view source) {
  std::string id = outcome.event_id.empty() ? std::string(outcome.kind) + "/" + std::to_string(outcome.at)
                                            : std::string(outcome.event_id);
  for (const std::string_view part : {source, outcome.purpose, outcome.channel}) id.append("/").append(part);
  return id;
}

// A message that was given back and reserved anew is another contact, so its events are others too. Without a contact
// state there is nothing that tells them apart but the message.
std::string reservation_id(const Contact& contact) {
  const ContactId& reserved = contact.reservation.contact;
  return "contact/" + (reserved.is_none() ? contact.message_id : reserved.hex());
}

// What was randomised, where that is not the unit: a switchback's exposures carry their time slot.
std::string cluster_of(const CompiledExperiment& compiled, const Subject& subject, TimeMs now) {
  if (!compiled.experiment.is_clustered()) return {};
  return randomised_id(compiled.experiment, subject.unit, subject.cluster, now);
}

Error out_of_memory() { return {ErrorCode::kUnavailable, "out of memory while recording or rendering", "", ""}; }

class CatalogueSender final : public Sender {
 public:
  CatalogueSender(std::unique_ptr<Catalogue> catalogue, std::unique_ptr<Journal> journal, std::string_view source,
                  std::shared_ptr<ContactState> contact, LogSink* log)
      : catalogue_(std::move(catalogue)),
        journal_(std::move(journal)),
        source_(source),
        contact_(std::move(contact)),
        log_(log) {}

  [[nodiscard]] ContactDecision may_contact(std::string_view experiment, const Subject& subject,
                                            const ContactAbout& about, TimeMs now) noexcept override {
    const auto snapshot = catalogue_->snapshot();
    const CompiledExperiment* compiled = snapshot->find(experiment);
    ContactDecision answer = contact_.decide(compiled, subject, about, now);
    if (answer.is_allowed() || compiled == nullptr) return answer;
    const Assignment assignment = compiled->assigner.assign(subject, now);
    if (assignment.enrolled)
      note_hold(make_decision(snapshot, compiled, assignment), answer, subject, about, now, false);
    return answer;
  }

  [[nodiscard]] Contact reserve(const Decision& decision, const Rendered& message, const Subject& subject,
                                const ContactAbout& about, TimeMs now) noexcept override {
    Contact contact;
    try {
      if (decision.experiment() == nullptr) {
        contact.reservation.decision = contact_.decide(nullptr, subject, about, now);
        return contact;
      }
      const CompiledExperiment& compiled = *decision.experiment();
      describe_contact(compiled, decision, message, subject, about, now, contact);
      contact.reservation = message.channel.empty() || message.channel == about.channel
                                ? contact_.reserve(compiled, subject, about, contact.message_id, now)
                                : contact_.refuse_other_channel(message.channel, now);
      contact.record.ticket_before = contact.reservation.ticket_before;
      contact.record.policy_fingerprint = contact.reservation.policy_fingerprint;
      if (contact.is_allowed()) {
        const Status noted = note_contact(contact, reservation_id(contact), "reserved", {});
        (void)noted;  // logged and counted; the reservation, which binds, is durable
      } else if (decision.enrolled) {
        note_hold(decision, contact.reservation.decision, subject, about, now, true);
      }
    } catch (const std::bad_alloc&) {
      // What was reserved before counts as made, which errs on the safe side.
      contact.reservation.decision = ContactDecision{};
    }
    return contact;
  }

  [[nodiscard]] Status complete(const Contact& contact, AttemptOutcome outcome, TimeMs at,
                                std::string_view ticket_after) override {
    Status reported;
    if (contact_.state() != nullptr && !contact.reservation.contact.is_none())
      reported = contact_.state()->complete(contact.reservation.contact, outcome);
    try {
      Contact done = contact;
      done.record.at = at;
      done.record.ticket_after = ticket_after;
      const std::string name(to_string(outcome));
      const Status noted = note_contact(done, reservation_id(contact) + "/" + name, "completed", name);
      return reported.ok() ? noted : reported;
    } catch (const std::bad_alloc&) {
      return out_of_memory();
    }
  }

  [[nodiscard]] Status release(const Contact& contact) override {
    if (!contact.is_allowed()) return {};
    if (contact_.state() != nullptr && !contact.reservation.contact.is_none()) {
      if (Status given_back = contact_.state()->release(contact.reservation.contact); !given_back) return given_back;
    }
    try {
      return note_contact(contact, reservation_id(contact) + "/released", "released", "released");
    } catch (const std::bad_alloc&) {
      return out_of_memory();
    }
  }

  [[nodiscard]] Decision decide(std::string_view experiment, const Subject& subject,
                                TimeMs now) const noexcept override {
    auto snapshot = catalogue_->snapshot();
    const CompiledExperiment* compiled = snapshot->find(experiment);
    const Assignment assignment = compiled != nullptr ? compiled->assigner.assign(subject, now) : Assignment{};
    return make_decision(std::move(snapshot), compiled, assignment);
  }

  Status expose(const Decision& decision, const Subject& subject, TimeMs now, std::string_view channel,
                std::string_view event_id, Journal::Ack ack) override {
    if (!decision.enrolled || decision.experiment() == nullptr) return {};
    try {
      const CompiledExperiment& compiled = *decision.experiment();
      const SegmentValues segments(compiled.experiment.segments, subject.attributes);
      const std::string id = event_id.empty() ? event_id_of(EventType::kExposure, compiled, decision.phase, now)
                                              : exposure_id(compiled, event_id);
      const std::string cluster = cluster_of(compiled, subject, now);
      Event event = event_of(EventType::kExposure, decision, subject, now, channel, cluster);
      event.event_id = id;
      event.reason = decision.reason;
      event.segments = segments.pairs();
      return journal_->record(event, std::move(ack));
    } catch (const std::bad_alloc&) {
      return out_of_memory();
    }
  }

  Result<Rendered> render(const Decision& decision, const Subject& subject, std::span<const Field> fields, TimeMs now,
                          std::string_view channel, std::string_view language) override {
    try {
      return deliver(decision, subject, fields, now, channel, language);
    } catch (const std::bad_alloc&) {
      return out_of_memory();
    }
  }

  Status record_outcome(const Outcome& outcome, Journal::Ack ack) override {
    Event event;
    event.type = EventType::kOutcome;
    event.unit = outcome.unit;
    event.at = outcome.at;
    event.event_id = outcome.event_id;
    event.source = outcome.source.empty() ? std::string_view(source_) : outcome.source;
    event.kind = outcome.kind;
    event.value = outcome.value;
    const Status told = tell_contact_state(outcome);
    const Status recorded = journal_->record(event, std::move(ack));
    return told.ok() ? recorded : told;
  }

  Status reload() override { return catalogue_->reload(); }
  Status flush() override { return journal_->flush(); }
  [[nodiscard]] JournalCounters counters() const noexcept override { return journal_->counters(); }
  [[nodiscard]] ContactCounters contact_counters() const noexcept override { return contact_.counters(); }
  [[nodiscard]] const std::filesystem::path& journal_file() const noexcept override { return journal_->file(); }

 private:
  // The assigned text; else, where the experiment declares it, control's; else nothing, and a hold.
  [[nodiscard]] Result<Rendered> deliver(const Decision& decision, const Subject& subject,
                                         std::span<const Field> fields, TimeMs now, std::string_view channel,
                                         std::string_view language) {
    const CompiledExperiment* compiled = decision.experiment();
    if (compiled == nullptr) {
      return Error{ErrorCode::kNotFound, "the catalogue has no such experiment, so there is no text", "experiment",
                   "send the program's own text"};
    }
    const std::size_t assigned = decision.assignment.variant;
    const MessageRequest request{compiled, &subject, fields, channel, language};
    Composed text = compose(request, assigned);
    if (text.text) {
      note(EventType::kDelivery, decision, subject, now, channel, assigned, {});
      return Rendered{*std::move(text.text), decision.variant, false, "", std::string(channel)};
    }
    const bool falls_back = text.has_words && compiled->experiment.policy.incomplete == Incomplete::kControl;
    if (!falls_back || assigned == 0) {
      note(EventType::kHold, decision, subject, now, channel, assigned, text.reason);
      return text.text.error();
    }
    Composed fallback = compose(request, 0);
    if (!fallback.text) {
      note(EventType::kHold, decision, subject, now, channel, assigned, text.reason);
      return both(text.text.error(), fallback.text.error());
    }
    note(EventType::kDelivery, decision, subject, now, channel, 0, text.reason);
    return Rendered{*std::move(fallback.text), compiled->experiment.control().key, true, text.text.error().message,
                    std::string(channel)};
  }

  // What all events of one decision have in common. Everything it views outlives the call of record().
  [[nodiscard]] Event event_of(EventType type, const Decision& decision, const Subject& subject, TimeMs now,
                               std::string_view channel, std::string_view cluster) const {
    const CompiledExperiment& compiled = *decision.experiment();
    const std::size_t variant = decision.assignment.variant;
    Event event;
    event.type = type;
    event.unit = subject.unit;
    event.cluster = cluster;
    event.at = now;
    event.source = source_;
    event.experiment = compiled.experiment.key;
    event.experiment_fingerprint = compiled.fingerprint;
    event.variant = compiled.experiment.variants[variant].key;
    event.wording_fingerprint = compiled.wording_fingerprints[variant];
    event.phase = decision.phase;
    event.channel = channel;
    return event;
  }

  // Both texts failed: every field that either of them lacks.
  [[nodiscard]] static Error both(Error assigned, const Error& control) {
    assigned.message += "; control's text: " + control.message;
    if (control.code == ErrorCode::kInvalidInput && control.where != assigned.where) {
      assigned.where += ", " + control.where;
    }
    return assigned;
  }

  // What the contact state must know of an outcome.
  [[nodiscard]] Status tell_contact_state(const Outcome& outcome) {
    ContactState* state = contact_.state();
    if (state == nullptr) return {};
    const std::string id =
        contact_event_id(outcome, outcome.source.empty() ? std::string_view(source_) : outcome.source);
    const auto status = [](const Result<Recorded>& recorded) { return recorded ? Status() : Status(recorded.error()); };
    if (outcome.kind == "opted_out")
      return status(state->opt_out(outcome.unit, outcome.purpose, outcome.channel, outcome.at, id));
    if (outcome.kind == "complaint") {
      const bool escalated = outcome.value.value_or(1.0) >= 2.0;
      return status(state->record_complaint(outcome.unit, escalated ? "escalated" : "normal", outcome.at, id));
    }
    if (outcome.kind == "responded")
      return status(state->record_response(outcome.unit, outcome.ticket, outcome.at, id));
    return {};
  }

  void describe_contact(const CompiledExperiment& compiled, const Decision& decision, const Rendered& message,
                        const Subject& subject, const ContactAbout& about, TimeMs now, Contact& contact) const {
    contact.message_id =
        about.message_id.empty() ? compiled.experiment.key + "/" + std::to_string(now) : std::string(about.message_id);
    contact.experiment = compiled.experiment.key;
    contact.fingerprint = compiled.fingerprint;
    contact.variant = message.variant;
    contact.phase = decision.phase;
    ContactRecord& record = contact.record;
    record.at = now;
    record.sender = source_;
    record.assignee = about.assignee;
    record.unit = subject.unit;
    record.channel = about.channel;
    record.purpose = compiled.experiment.purpose;
    record.reminder = ContactPart::reminder_of(compiled);
    record.ticket = about.ticket;
    const auto index = compiled.experiment.variant_index(message.variant);
    if (index) record.wording_fingerprint = compiled.wording_fingerprints[*index];
  }

  Status note_contact(const Contact& contact, std::string_view id, std::string_view reason, std::string_view kind) {
    const ContactRecord& record = contact.record;
    Event event;
    event.type = EventType::kContact;
    event.unit = record.unit;
    event.at = record.at;
    event.event_id = id;
    event.source = source_;
    event.experiment = contact.experiment;
    event.experiment_fingerprint = contact.fingerprint;
    event.variant = contact.variant;
    event.wording_fingerprint = record.wording_fingerprint;
    event.phase = contact.phase;
    event.reason = reason;
    event.kind = kind;
    event.channel = if_key(record.channel, "channel");
    event.ticket = record.ticket;
    event.assignee = record.assignee;
    event.ticket_before = if_key(record.ticket_before, "ticket state");
    event.ticket_after = record.ticket_after;
    const Status status = journal_->record(event);
    if (!status.ok() && log_ != nullptr) log_->log(LogLevel::kWarning, describe(status.error()));
    return status;
  }

  // A refusal of the contact, before assignment (for all variants alike) or at the moment of sending.
  void note_hold(const Decision& decision, const ContactDecision& answer, const Subject& subject,
                 const ContactAbout& about, TimeMs now, bool at_send) noexcept {
    try {
      const CompiledExperiment& compiled = *decision.experiment();
      const std::string cluster = cluster_of(compiled, subject, now);
      const std::string id = event_id_of(EventType::kHold, compiled, at_send ? "reserve" : "contact", now);
      Event event = event_of(EventType::kHold, decision, subject, now, if_key(about.channel, "channel"), cluster);
      if (!at_send) event.variant = event.wording_fingerprint = {};
      event.event_id = id;
      event.reason = to_string(answer.reason);
      event.ticket = about.ticket;
      event.assignee = about.assignee;
      event.ticket_before = if_key(answer.ticket_state, "ticket state");
      const Status status = journal_->record(event);
      if (!status.ok() && log_ != nullptr) log_->log(LogLevel::kWarning, describe(status.error()));
    } catch (const std::bad_alloc&) {
      if (log_ != nullptr) log_->log(LogLevel::kWarning, "out of memory while recording a hold");
    }
  }

  // The name, where it is one that the journal takes: what the caller wrote wrongly must not lose the event.
  std::string_view if_key(std::string_view name, std::string_view what) const {
    if (name.empty() || is_key(name)) return name;
    if (log_ != nullptr)
      log_->log(LogLevel::kWarning, "a " + std::string(what) + " that is no key is left out of an event");
    return {};
  }

  // What became of the message. A failure to record it must not stop the message: the exposure, which counts, is
  // recorded by itself, and the journal counts what it refuses.
  void note(EventType type, const Decision& decision, const Subject& subject, TimeMs now, std::string_view channel,
            std::size_t variant, std::string_view reason) {
    if (!decision.enrolled) return;
    const CompiledExperiment& compiled = *decision.experiment();
    const std::string id = event_id_of(type, compiled, decision.phase, now);
    const std::string cluster = cluster_of(compiled, subject, now);
    Event event = event_of(type, decision, subject, now, if_key(channel, "channel"), cluster);
    event.event_id = id;
    event.variant = compiled.experiment.variants[variant].key;
    event.wording_fingerprint = compiled.wording_fingerprints[variant];
    event.reason = reason;
    const Status status = journal_->record(event);
    if (!status.ok() && log_ != nullptr) log_->log(LogLevel::kWarning, describe(status.error()));
  }

  const std::unique_ptr<Catalogue> catalogue_;
  const std::unique_ptr<Journal> journal_;
  const std::string source_;
  ContactPart contact_;
  LogSink* const log_;
};

}  // namespace

Decision Sender::make_decision(std::shared_ptr<const Snapshot> snapshot, const CompiledExperiment* experiment,
                               Assignment assignment) noexcept {
  Decision decision;
  decision.assignment = assignment;
  decision.reason = to_string(assignment.reason);
  decision.enrolled = assignment.enrolled;
  decision.snapshot_ = std::move(snapshot);
  decision.experiment_ = experiment;
  if (experiment != nullptr) {
    const Variant& variant = experiment->experiment.variants[assignment.variant];
    decision.variant = variant.key;
    decision.wording = variant.wording;
    // Held-out units are no part of the comparison: their exposures lie in a phase of their own.
    const bool held_out = assignment.reason == AssignmentReason::kHoldout;
    decision.phase = held_out ? kHoldoutPhase : std::string_view(experiment->lifecycle.phase);
  }
  return decision;
}

Result<std::unique_ptr<Sender>> Sender::open(const std::filesystem::path& catalogue_folder,
                                             const std::filesystem::path& journal_folder, Pseudonymizer pseudonymizer,
                                             const Clock& clock, SenderOptions options, LogSink* log) {
  if (Status status = check_key(options.source, "source"); !status.ok()) return status.error();
  // The catalogue first: a broken one leaves no empty journal behind.
  options.catalogue.log = log;
  auto catalogue = Catalogue::open(catalogue_folder, options.catalogue);
  if (!catalogue) return catalogue.error();
  auto journal = Journal::open(journal_folder, std::move(pseudonymizer), clock, options.journal, log);
  if (!journal) return journal.error();
  return std::unique_ptr<Sender>(std::make_unique<CatalogueSender>(std::move(*catalogue), std::move(*journal),
                                                                   options.source, std::move(options.contact), log));
}

}  // namespace tactful
