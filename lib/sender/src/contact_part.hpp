#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "tactful/assignment/assigner.hpp"
#include "tactful/catalogue/catalogue.hpp"
#include "tactful/sender/contact.hpp"

namespace tactful {

/// The sender's questions to the contact state, with the experiment's policy. Without a policy everything is allowed;
/// with one and without a state nothing is. Thread-safety: every member from any thread.
class ContactPart {
 public:
  explicit ContactPart(std::shared_ptr<ContactState> state) noexcept : state_(std::move(state)) {}

  [[nodiscard]] ContactState* state() const noexcept { return state_.get(); }

  /// `compiled` is nullptr for an unknown experiment.
  [[nodiscard]] ContactDecision decide(const CompiledExperiment* compiled, const Subject& subject,
                                       const ContactAbout& about, TimeMs now) noexcept;
  [[nodiscard]] Reservation reserve(const CompiledExperiment& compiled, const Subject& subject,
                                    const ContactAbout& about, std::string_view message_id, TimeMs now) noexcept;

  /// Of a reminder: its scenario where the policy's ticket states name that, else the experiment's key.
  [[nodiscard]] static std::string_view reminder_of(const CompiledExperiment& compiled) noexcept;

  [[nodiscard]] ContactCounters counters() const noexcept;

 private:
  using Counts = std::array<std::atomic<std::int64_t>, kContactReasons>;

  const std::shared_ptr<ContactState> state_;
  Counts before_{}, at_send_{};
};

}  // namespace tactful
