#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/contact/contact_decision.hpp"
#include "tactful/contact/follow_up.hpp"
#include "tactful/core/log.hpp"

namespace tactful {

struct ContactStateOptions {
  /// Make the file where there is none. Only for setting up: a sender that makes a missing file anew has forgotten
  /// every objection. Without it a missing file is kNotFound.
  bool create = false;
  bool read_only = false;      ///< Only decide and list; every writing member is kUnavailable.
  int busy_timeout_ms = 2000;  ///< How long to wait for another process' lock, 0 to 60,000; then kUnavailable.
  TimeMs retry_ms = 60'000;    ///< `until` of a hold because the state is unavailable: now plus this.
  TimeZones::Source zones = TimeZones::Source::kSystem;
};

/// A contact that is about to be made.
struct Reservation {
  ContactDecision decision;   ///< The reservation stands exactly when this is allowed.
  ContactId contact;          ///< Names it for complete(), release() and responses; a later one of the same message,
                              ///< after a release, has another.
  std::string ticket_before;  ///< State of the ticket at the reservation; may be empty.
  std::string policy_fingerprint;  ///< Of the policy that decided; the state keeps it with every contact that stands.
};

/// A policy that decided contacts: what is on record of it.
struct PolicyUse {
  std::string key, fingerprint;
  std::string rules;          ///< The policy as JSON, as parse_contact_policy() reads it; of its first contact.
  std::int64_t contacts = 0;  ///< Reserved under it, those given back included; of customers that were not forgotten.
  TimeMs first_at = 0, last_at = 0;
  bool operator==(const PolicyUse&) const = default;
};

/// Whether an event changed what is known.
enum class Recorded { kNew, kKnown };

/// One objection or permission: consent, or an entry of a list. Texts must live through the call.
struct ContactEntry {
  std::string_view unit;
  std::optional<ContactList> list;             ///< Of which list; none: consent.
  ConsentKind consent = ConsentKind::kOptOut;  ///< Without a list.
  bool is_on = true;                           ///< Of a list.
  std::string_view purpose, channel;           ///< Empty: all. A list has no purpose.
  std::optional<TimeMs> at;                    ///< Nothing: live. An objection or entry is then in force at once.
  std::string_view event_id;                   ///< May be empty.
};

/// One move of a ticket, as logged.
struct TicketTransition {
  ContactId event;
  ContactId ticket;
  std::string from, to;  ///< `from` is empty for the first move.
  TimeMs at = 0;
  bool operator==(const TicketTransition&) const = default;
};

/// The contact state: one SQLite file in rollback-journal mode that any number of processes share
/// (docs/spec/contact.md). What one process has recorded, every other sees at its next decision. Ids are stored as
/// pseudonyms; no text is stored. Reading takes SQLite's shared lock for microseconds; writing is one transaction,
/// durable when the call returns. Whatever fails, nothing may be sent: decide() and reserve() then give a hold with the
/// error in it (fail closed); so too when the path no longer leads to the file that was opened. Event ids: the same
/// event again changes nothing (kKnown). Consent and entries of lists are the same event only with equal id, kind,
/// purpose and channel, so that no id can lose an objection; of two times of one the later stands of an objection or
/// entry, the earlier of a permission. Of other contents under one id the earlier `at` stands. Thread-safety: every
/// member from any thread, one at a time within a process. Not usable in a forked child (kUnavailable there): open it
/// after the fork.
class ContactState {
 public:
  /// `log` must outlive the state. Errors: kNotFound, kStorage (disk, no SQLite file, damaged), kRefused for another
  /// key, kUnsupportedVersion for a newer schema, kUnavailable when it stays locked, kInvalidArgument for options.
  [[nodiscard]] static Result<std::unique_ptr<ContactState>> open(const std::filesystem::path& file,
                                                                  ContactPseudonymizer pseudonymizer,
                                                                  ContactStateOptions options = {},
                                                                  LogSink* log = nullptr);
  virtual ~ContactState() = default;

  /// May this customer be contacted now? Reads only; call it before assignment, so that it bears on all variants alike.
  [[nodiscard]] virtual ContactDecision decide(const ContactPolicy& policy, const ContactRequest& request,
                                               TimeMs now) const noexcept = 0;

  /// Decides again and, where it is allowed, records the contact, in one transaction: of two senders of one customer
  /// the second sees the first. `event_id` names the message (unique per customer); one that is known is kDuplicate, so
  /// that a retry cannot send twice. Call it immediately before sending; then complete() or release().
  [[nodiscard]] virtual Reservation reserve(const ContactPolicy& policy, const ContactRequest& request,
                                            std::string_view event_id, TimeMs now) noexcept = 0;
  /// Reports what became of a contact, any number of times, in any order: the best outcome stands.
  /// Errors: kNotFound for an unknown contact, and those of writing (kStorage, kUnavailable), as all below.
  [[nodiscard]] virtual Status complete(const ContactId& contact, AttemptOutcome outcome) = 0;
  /// Gives back a contact that was certainly not made; it no longer counts. A second time changes nothing. Errors:
  /// kNotFound; kConflict when an outcome was reported, or when the message was reserved anew since it was given back.
  [[nodiscard]] virtual Status release(const ContactId& contact) = 0;
  /// The contact that a customer's message made (its latest reservation), for those who know only its event id; none
  /// when the state cannot be read.
  [[nodiscard]] virtual ContactId contact_of(std::string_view unit, std::string_view event_id) const noexcept = 0;

  /// Consent as of `at`, for imports and late events. Purpose and channel empty: all.
  [[nodiscard]] virtual Result<Recorded> record_consent(std::string_view unit, ConsentKind kind,
                                                        std::string_view purpose, std::string_view channel, TimeMs at,
                                                        std::string_view event_id) = 0;
  /// The customer opts out now: in force from the next decision of every process, also where a clock stands behind that
  /// of an earlier opt-in (it is dated no earlier than that).
  [[nodiscard]] virtual Result<Recorded> opt_out(std::string_view unit, std::string_view purpose,
                                                 std::string_view channel, TimeMs now, std::string_view event_id) = 0;
  [[nodiscard]] virtual Result<Recorded> record_list(std::string_view unit, ContactList list, bool is_on,
                                                     std::string_view channel, TimeMs at,
                                                     std::string_view event_id) = 0;
  /// Many entries in one transaction, all or none; returns how many changed something. A permission without `at` is
  /// dated `now`, an objection or entry without `at` as by opt_out().
  [[nodiscard]] virtual Result<std::int64_t> record_entries(std::span<const ContactEntry> entries, TimeMs now) = 0;
  [[nodiscard]] virtual Result<Recorded> record_complaint(std::string_view unit, std::string_view severity, TimeMs at,
                                                          std::string_view event_id) = 0;
  /// A response: ends the ladders of the customer's contacts made at or before `at` (with a ticket: only of that
  /// ticket).
  [[nodiscard]] virtual Result<Recorded> record_response(std::string_view unit, std::string_view ticket, TimeMs at,
                                                         std::string_view event_id) = 0;
  /// A ticket's move, logged, for imports and late events. The ticket's state is where the move with the latest `at`
  /// led (of equal times the greatest name), whatever the order of arrival. Errors: kInvalidArgument for an undeclared
  /// state.
  [[nodiscard]] virtual Result<Recorded> record_ticket(const TicketStates& states, std::string_view unit,
                                                       std::string_view ticket, std::string_view to, TimeMs at,
                                                       std::string_view event_id) = 0;
  /// Moves the ticket now. Errors: as record_ticket(); kConflict for a move that is not declared from the present
  /// state.
  [[nodiscard]] virtual Result<Recorded> move_ticket(const TicketStates& states, std::string_view unit,
                                                     std::string_view ticket, std::string_view to, TimeMs now,
                                                     std::string_view event_id) = 0;
  /// Moves of one ticket by time.
  [[nodiscard]] virtual Result<std::vector<TicketTransition>> ticket_log(std::string_view ticket) const = 0;

  /// What is due under the ladders of `policies`, priority customers first, then by due time. A reminder's decision is
  /// that of its first contact's channel, purpose and zone, and of the tiers that bound the customer then (of contacts
  /// that a release before version 2 of the file recorded: none). Reads in batches, so that it keeps no writer waiting:
  /// each customer is judged as of their batch.
  [[nodiscard]] virtual Result<std::vector<DueStep>> due(std::span<const ContactPolicy> policies, TimeMs now) const = 0;
  /// Somebody took up an escalation (or a step was done by other means). Errors: kNotFound.
  [[nodiscard]] virtual Status take_step(const ContactId& contact, std::string_view step, TimeMs at) = 0;
  /// Ends the ladders all of whose steps were taken for good (by a person, or by a reminder whose outcome is known);
  /// returns how many. due() lists none of them either way; this keeps its list short.
  [[nodiscard]] virtual Result<std::int64_t> end_finished(std::span<const ContactPolicy> policies) = 0;

  /// The policies that decided the contacts on record, by their first contact; rules that were edited and edited back
  /// are one. Contacts from before version 2 of the file are in none. Read in short transactions, so that no opt-out
  /// waits for it; what is recorded meanwhile may be in it or not.
  [[nodiscard]] virtual Result<std::vector<PolicyUse>> policies() const = 0;

  /// Everything known of one customer; with a ticket, that ticket's state.
  [[nodiscard]] virtual Result<UnitFacts> facts(std::string_view unit, std::string_view ticket = {}) const = 0;
  /// Every row of one customer as JSON, for the customer's right of access.
  [[nodiscard]] virtual Result<Json> export_unit(std::string_view unit) const = 0;
  /// Removes every row of one customer; returns how many. With `keep_objections` opt-outs and do-not-contact entries
  /// stay (pseudonymous), since without them the customer would be contacted again.
  [[nodiscard]] virtual Result<std::int64_t> forget(std::string_view unit, bool keep_objections) = 0;

  [[nodiscard]] virtual const ContactPseudonymizer& pseudonymizer() const noexcept = 0;
  [[nodiscard]] virtual const TimeZones& zones() const noexcept = 0;

 protected:
  ContactState() = default;
};

}  // namespace tactful
