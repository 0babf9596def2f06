#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tactful/assignment/assigner.hpp"
#include "tactful/catalogue/catalogue.hpp"
#include "tactful/core/log.hpp"
#include "tactful/experiment/message_template.hpp"
#include "tactful/journal/journal.hpp"
#include "tactful/sender/contact.hpp"

namespace tactful {

struct SenderOptions {
  JournalOptions journal;
  std::string_view source = "sender";  ///< Name of this program in its events; a key.
  CatalogueOptions catalogue = {};     ///< A last good copy, edits refused; the log is the sender's.
  /// Consent, lists and earlier contacts, shared by all sender processes. Without it nobody may be contacted for an
  /// experiment that names a contact policy. With it, an experiment that names none keeps to what customers have said:
  /// opt-outs, the do-not-contact list and repeated messages bind; caps, hours and cool-downs need a policy.
  std::shared_ptr<ContactState> contact = {};
};

/// What to send to one customer. Holds the catalogue's version alive, so everything read through it agrees.
struct Decision {
  Assignment assignment;
  std::string_view variant =
      "control";  ///< Key of the variant; "control" for an unknown experiment. Valid as long as this Decision.
  std::string_view wording;  ///< Wording id; empty for an unknown experiment.
  std::string_view reason;   ///< Stable name of assignment.reason.
  std::string_view phase;
  bool enrolled = false;

  [[nodiscard]] const CompiledExperiment* experiment() const noexcept { return experiment_; }

 private:
  friend class Sender;
  std::shared_ptr<const Snapshot> snapshot_;
  const CompiledExperiment* experiment_ = nullptr;
};

/// The text to send, and whether it is the assigned variant's.
struct Rendered {
  std::string text;
  std::string_view variant;  ///< Whose text it is: the assigned variant, or control when degraded.
  bool degraded = false;     ///< The assigned text could not be completed and control's was used.
  std::string why;           ///< Fields that were missing or rules that were broken, when degraded.
  std::string channel = {};  ///< What it was written and checked for; empty: for every channel.
};

/// An outcome as the sender's program learns it, now or weeks later.
struct Outcome {
  std::string_view unit;
  std::string_view kind;  ///< converted, complaint, repeat_contact, opted_out, ... or the user's own; a key.
  TimeMs at = 0;
  std::string_view event_id;         ///< Unique per (source, unit) among outcomes; the same id again counts once.
  std::optional<double> value = {};  ///< Absent means 1.
  std::string_view source = {};      ///< Empty: the sender's own.
  std::string_view purpose = {};     ///< Of an opt-out: for which purpose; empty: all.
  std::string_view channel = {};     ///< Of an opt-out: on which channel; empty: all.
  std::string_view ticket = {};      ///< Of a response: to which ticket; empty: all of the customer's.
};

/// The façade a message sender embeds: ask, decide, expose, render, reserve, send, report.
///   if (!sender.may_contact("payment-reminder", subject, about, now).is_allowed()) return;
///   auto decision = sender.decide("payment-reminder", subject, now);
///   sender.expose(decision, subject, now, "sms");
///   auto message = sender.render(decision, subject, fields, now, "sms");
///   auto contact = sender.reserve(decision, *message, subject, about, now);
///   if (contact.is_allowed()) ...send message->text, then sender.complete(contact, AttemptOutcome::kDelivered, now);
/// The first and the last two steps need a contact state (SenderOptions::contact); without one they allow everything
/// where the experiment names no contact policy, and nothing where it does.
/// Thread-safety: every member from any thread.
class Sender {
 public:
  /// Opens the catalogue folder and a journal of this process' own in `journal_folder`.
  /// `clock` and `log` must outlive the sender.
  /// Errors: kInvalidArgument when the source is no key, those of Catalogue::open() and Journal::open().
  [[nodiscard]] static Result<std::unique_ptr<Sender>> open(const std::filesystem::path& catalogue_folder,
                                                            const std::filesystem::path& journal_folder,
                                                            Pseudonymizer pseudonymizer, const Clock& clock,
                                                            SenderOptions options = {}, LogSink* log = nullptr);
  virtual ~Sender() = default;

  /// Whether this customer may be contacted now, by the experiment's contact policy. Comes first, so that it bears on
  /// all variants alike. A refusal has its reason and, for a hold, the moment to ask again; it is counted
  /// (contact_counters()), and for a subject that would be enrolled recorded as a hold without a variant, with the
  /// decision's reason. Fails closed: when the state cannot be read, the policy has no state, or the experiment is
  /// unknown, it is a hold (state_unavailable) with the error. For an experiment without a policy opt-outs
  /// and the do-not-contact list decide; without a state too, everything is allowed.
  [[nodiscard]] virtual ContactDecision may_contact(std::string_view experiment, const Subject& subject,
                                                    const ContactAbout& about, TimeMs now) noexcept = 0;

  /// Which wording to use. Never fails: an unknown experiment or an unmatched scope is control, with the reason.
  /// No I/O, no lock on the assignment path, no allocation.
  [[nodiscard]] virtual Decision decide(std::string_view experiment, const Subject& subject,
                                        TimeMs now) const noexcept = 0;

  /// Records the exposure of an enrolled subject (intention to treat starts here); call it before rendering, when the
  /// message may be sent. For a decision that is not enrolled nothing is recorded and success is returned. Segments
  /// declared by the experiment are taken from the subject's attributes: texts as they are, numbers in their shortest
  /// form, `true` and `false`; what is absent, null or empty is left out. The exposure's event id defaults to one made
  /// of experiment, phase and time, so that exposing twice at one `now` counts once. One that is given is recorded as
  /// `exposure:<experiment>:<event_id>`, so that the same id may name an outcome too, and an import of the exposure is
  /// the same event. The cluster is recorded where the experiment randomises clusters. Errors: those of
  /// Journal::record(); kInvalidArgument naming the segment whose value is no label.
  [[nodiscard]] virtual Status expose(const Decision& decision, const Subject& subject, TimeMs now,
                                      std::string_view channel = {}, std::string_view event_id = {},
                                      Journal::Ack ack = {}) = 0;

  /// Writes the variant's message: from its wording's file (text for channel and language, typed fields, passages by
  /// the subject's attributes), or from its plain text. A channel that is empty or that no rule knows is checked by the
  /// rules of every channel. `language` empty: the subject's attribute `language`, else the
  /// file's first for the channel. Guarantee: what is returned is complete and breaks no rule of severity error of the
  /// catalogue's packs that the wording has not accepted, whatever the values are and whatever fails; otherwise nothing
  /// is. When a field is missing or ill-typed, a rule is broken with these values or there is no such text, control's
  /// is given (degraded) where the experiment's policy says so and it passes the same checks; else the error, and
  /// nothing may be sent. What was (not) delivered is recorded for enrolled subjects: a delivery with the variant whose
  /// text it is, or a hold; the reason of a hold or of a degraded delivery is missing_field, wording_rule or no_text.
  /// When that cannot be recorded the message is given all the same, and the journal counts and logs it. Errors:
  /// kInvalidInput naming every field, kRefused naming the rules, kNotFound when there is no text. Values stand in
  /// none.
  [[nodiscard]] virtual Result<Rendered> render(const Decision& decision, const Subject& subject,
                                                std::span<const Field> fields, TimeMs now,
                                                std::string_view channel = {}, std::string_view language = {}) = 0;

  /// Reserves the contact immediately before sending `message`: decides again, with what other senders have done
  /// meanwhile, and records it durably in the contact state. Allowed: send, and then complete() it; a contact event
  /// (reason `reserved`) tells who, which channel, ticket, state and words. Otherwise nothing may be sent, and a hold
  /// is recorded with the variant, also where names in `about` are no keys (they are left out). A message that was
  /// rendered for another channel than `about` names is refused (invalid_request): its words were not checked for it.
  /// Fails closed as may_contact() does.
  [[nodiscard]] virtual Contact reserve(const Decision& decision, const Rendered& message, const Subject& subject,
                                        const ContactAbout& about, TimeMs now) noexcept = 0;

  /// Reports what became of a contact, any number of times: in the contact state, and as a contact event whose kind is
  /// the outcome's name. `ticket_after`: the ticket's state now. Errors: those of ContactState::complete() and
  /// Journal::record(), of the first that fails; both are tried.
  [[nodiscard]] virtual Status complete(const Contact& contact, AttemptOutcome outcome, TimeMs at,
                                        std::string_view ticket_after = {}) = 0;

  /// Gives back a contact that was certainly not made: in the contact state, and as a contact event of kind and reason
  /// `released`, after which `reserved` no longer stands for a message. Of a contact that was refused there is nothing
  /// to give back. Errors: those of ContactState::release(), and then nothing is recorded; those of Journal::record().
  [[nodiscard]] virtual Status release(const Contact& contact) = 0;

  /// Records an outcome. With a contact state, also there, before the journal: `opted_out` is in force from the next
  /// decision of every process, `complaint` begins the cool-down (severity `escalated` from value 2 on, else `normal`),
  /// `responded` ends the customer's follow-up ladders. Errors: those of the contact state and of Journal::record(), of
  /// the first that fails; both are tried.
  [[nodiscard]] virtual Status record_outcome(const Outcome& outcome, Journal::Ack ack = {}) = 0;

  /// Takes up edits of the catalogue folder and its ledgers. Errors: those of Catalogue::reload(); the old version
  /// stays in force.
  [[nodiscard]] virtual Status reload() = 0;

  [[nodiscard]] virtual Status flush() = 0;
  [[nodiscard]] virtual JournalCounters counters() const noexcept = 0;
  [[nodiscard]] virtual ContactCounters contact_counters() const noexcept = 0;
  [[nodiscard]] virtual const std::filesystem::path& journal_file() const noexcept = 0;

 protected:
  Sender() = default;
  // For implementations, since Decision's parts are private.
  static Decision make_decision(std::shared_ptr<const Snapshot> snapshot, const CompiledExperiment* experiment,
                                Assignment assignment) noexcept;
};

}  // namespace tactful
