#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tactful {

/// In which ticket states a reminder may be sent.
struct ReminderStates {
  std::string reminder;             ///< Kind of reminder (an experiment's scenario, or its key); empty: all not named.
  std::vector<std::string> states;  ///< At least one.
  bool operator==(const ReminderStates&) const = default;
};

/// The declared states of a ticket and what may follow what.
struct TicketStates {
  std::vector<std::string> states;                               ///< Keys; empty: the policy has no ticket condition.
  std::string initial;                                           ///< Of a ticket that was not recorded yet.
  std::vector<std::pair<std::string, std::string>> transitions;  ///< From, to.
  std::vector<ReminderStates> reminders;
  bool required = false;  ///< Whether a reminder without a ticket is refused.
  bool operator==(const TicketStates&) const = default;

  [[nodiscard]] bool is_declared() const noexcept { return !states.empty(); }
  [[nodiscard]] bool is_state(std::string_view state) const noexcept;
  /// Whether `to` may follow `from`; a state may always follow itself.
  [[nodiscard]] bool may_follow(std::string_view from, std::string_view to) const noexcept;
  /// Whether a reminder of this kind may be sent to a ticket in this state.
  [[nodiscard]] bool allows(std::string_view reminder, std::string_view state) const noexcept;
};

}  // namespace tactful
