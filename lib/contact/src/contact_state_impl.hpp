#pragma once

#include <atomic>
#include <mutex>
#include <set>

#include "state_policies.hpp"
#include "state_rows.hpp"

namespace tactful {

/// Everything is one transaction under one mutex: `reading` and `writing` wrap what is done in it.
class ContactStateImpl final : public ContactState {
 public:
  ContactStateImpl(std::unique_ptr<StateDatabase> state, ContactPseudonymizer identity, ContactStateOptions options,
                   LogSink* log);

  ContactDecision decide(const ContactPolicy& policy, const ContactRequest& request,
                         TimeMs now) const noexcept override;
  Reservation reserve(const ContactPolicy& policy, const ContactRequest& request, std::string_view event_id,
                      TimeMs now) noexcept override;
  Status complete(const ContactId& contact, AttemptOutcome outcome) override;
  Status release(const ContactId& contact) override;
  ContactId contact_of(std::string_view unit, std::string_view event_id) const noexcept override;
  Result<Recorded> record_consent(std::string_view unit, ConsentKind kind, std::string_view purpose,
                                  std::string_view channel, TimeMs at, std::string_view event_id) override;
  Result<Recorded> opt_out(std::string_view unit, std::string_view purpose, std::string_view channel, TimeMs now,
                           std::string_view event_id) override;
  Result<Recorded> record_list(std::string_view unit, ContactList list, bool is_on, std::string_view channel, TimeMs at,
                               std::string_view event_id) override;
  Result<std::int64_t> record_entries(std::span<const ContactEntry> entries, TimeMs now) override;
  Result<Recorded> record_complaint(std::string_view unit, std::string_view severity, TimeMs at,
                                    std::string_view event_id) override;
  Result<Recorded> record_response(std::string_view unit, std::string_view ticket, TimeMs at,
                                   std::string_view event_id) override;
  Result<Recorded> record_ticket(const TicketStates& states, std::string_view unit, std::string_view ticket,
                                 std::string_view to, TimeMs at, std::string_view event_id) override;
  Result<Recorded> move_ticket(const TicketStates& states, std::string_view unit, std::string_view ticket,
                               std::string_view to, TimeMs now, std::string_view event_id) override;
  Result<std::vector<TicketTransition>> ticket_log(std::string_view ticket) const override;
  Result<std::vector<DueStep>> due(std::span<const ContactPolicy> policies, TimeMs now) const override;
  Status take_step(const ContactId& contact, std::string_view step, TimeMs at) override;
  Result<std::int64_t> end_finished(std::span<const ContactPolicy> policies) override;
  Result<std::vector<PolicyUse>> policies() const override;
  Result<UnitFacts> facts(std::string_view unit, std::string_view ticket) const override;
  Result<Json> export_unit(std::string_view unit) const override;
  Result<std::int64_t> forget(std::string_view unit, bool keep_objections) override;
  const ContactPseudonymizer& pseudonymizer() const noexcept override { return identity_; }
  const TimeZones& zones() const noexcept override { return zones_; }

 private:
  struct Zone {
    TimeZone zone;
    bool is_fallback = false;
    bool is_customers = false;  ///< The name that was asked for was found.
  };

  /// Runs `act` under the mutex in one transaction; failures become errors that begin with `what`.
  template <typename T, typename Act>
  [[nodiscard]] Result<T> reading(std::string_view what, Act act) const;
  template <typename T, typename Act>
  [[nodiscard]] Result<T> writing(std::string_view what, Act act);

  [[nodiscard]] Zone zone_of(const ContactPolicy& policy, std::string_view name) const;
  [[nodiscard]] ContactDecision unavailable(Error error, TimeMs now) const;
  [[nodiscard]] ContactDecision judge(const ContactPolicy& policy, const ContactRequest& request, const ContactId& unit,
                                      const ContactId& ticket, TimeMs now) const;
  [[nodiscard]] bool is_ladder_ended(const ContactRequest& request) const;
  void insert_contact(const ContactPolicy& policy, const ContactRequest& request, const ContactId& unit,
                      const ContactId& ticket, const Reservation& made, TimeMs now);
  /// The latest reservation of a message: its id, and its row where there is one.
  struct Attempt {
    ContactId contact;
    std::optional<ContactRow> row;
    bool is_made = false;  ///< Some reservation of it stands, or has an outcome.
  };
  [[nodiscard]] ContactId next_of(const ContactId& contact) const;
  [[nodiscard]] Attempt latest_attempt(const ContactId& first) const;
  [[nodiscard]] Recorded put_entry(const ContactEntry& entry, TimeMs now);
  [[nodiscard]] Result<Recorded> record_one(const ContactEntry& entry, TimeMs now);
  [[nodiscard]] Result<Recorded> record(FactRow fact, std::string_view unit, std::string_view event_id);
  [[nodiscard]] Result<Recorded> record_move(const TicketStates& states, std::string_view unit, std::string_view ticket,
                                             std::string_view to, TimeMs at, std::string_view event_id, bool is_live);
  /// Removes, once, what tells of contacts that a release which does not know of it has removed; in short transactions.
  [[nodiscard]] Status remove_orphans();
  [[nodiscard]] ContactId event_of(std::string_view unit, std::string_view event_id, std::string_view content) const;
  /// Open ladders after `last` (deadline, contact), at most one batch.
  [[nodiscard]] std::vector<AwaitingResponse> open_ladders(TimeMs now, const AwaitingResponse& last) const;
  void list_due(const ContactPolicy& policy, const AwaitingResponse& awaiting, TimeMs now,
                std::vector<DueStep>& list) const;

  std::unique_ptr<StateDatabase> state_;
  ContactPseudonymizer identity_;
  ContactStateOptions options_;
  LogSink* log_;
  TimeZones zones_;
  mutable std::mutex mutex_;
  std::atomic<bool> has_swept_ = false;
  mutable std::set<std::string, std::less<>> warned_zones_;  // of policies; customers' are told once, without the text
  mutable bool has_warned_of_customer_zone_ = false;
};

template <typename T, typename Act>
Result<T> ContactStateImpl::reading(std::string_view what, Act act) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (Status status = state_->usable(); !status.ok()) return status.error();
  try {
    StateTransaction transaction(*state_, false);
    Result<T> result = act();
    transaction.commit();
    return result;
  } catch (const std::exception& failure) {
    return state_->error(what, failure);
  }
}

template <typename T, typename Act>
Result<T> ContactStateImpl::writing(std::string_view what, Act act) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (Status status = state_->usable(); !status.ok()) return status.error();
  if (options_.read_only) {
    return Error{ErrorCode::kUnavailable, std::string(what) + ": the contact state was opened for reading only", "",
                 ""};
  }
  try {
    StateTransaction transaction(*state_, true);
    Result<T> result = act();
    if (result) transaction.commit();
    return result;
  } catch (const std::exception& failure) {
    return state_->error(what, failure);
  }
}

}  // namespace tactful
