#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "tactful/assignment/assigner.hpp"
#include "tactful/catalogue/catalogue.hpp"
#include "tactful/sender/contact.hpp"

namespace tactful {

/// The sender's questions to the contact state, with the experiment's policy. Without a policy opt-outs, lists and
/// repeated messages decide, and without a state too everything is allowed; with a policy and without a state nothing
/// is. Thread-safety: every member from any thread.
class ContactPart {
 public:
  explicit ContactPart(std::shared_ptr<ContactState> state);

  [[nodiscard]] ContactState* state() const noexcept { return state_.get(); }

  /// `compiled` is nullptr for an unknown experiment.
  [[nodiscard]] ContactDecision decide(const CompiledExperiment* compiled, const Subject& subject,
                                       const ContactAbout& about, TimeMs now) noexcept;
  [[nodiscard]] Reservation reserve(const CompiledExperiment& compiled, const Subject& subject,
                                    const ContactAbout& about, std::string_view message_id, TimeMs now) noexcept;

  /// A reservation that is refused and counted: the words were checked for another channel than the contact's.
  [[nodiscard]] Reservation refuse_other_channel(std::string_view checked_for, TimeMs now) noexcept;

  /// Of a reminder: its scenario where the policy's ticket states name that, else the experiment's key.
  [[nodiscard]] static std::string_view reminder_of(const CompiledExperiment& compiled) noexcept;

  [[nodiscard]] ContactCounters counters() const noexcept;

 private:
  using Counts = std::array<std::atomic<std::int64_t>, kContactReasons>;

  [[nodiscard]] const ContactPolicy& policy_for(const CompiledExperiment& compiled) const noexcept {
    return compiled.contact != nullptr ? *compiled.contact : objections_only_;
  }

  const std::shared_ptr<ContactState> state_;
  const ContactPolicy objections_only_;
  Counts before_{}, at_send_{};
};

}  // namespace tactful
