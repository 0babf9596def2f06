#include "tactful/contact/ticket_states.hpp"

#include <algorithm>

namespace tactful {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view text) noexcept {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

bool TicketStates::is_state(std::string_view state) const noexcept { return contains(states, state); }

bool TicketStates::may_follow(std::string_view from, std::string_view to) const noexcept {
  if (from == to) return is_state(to);
  return std::any_of(transitions.begin(), transitions.end(),
                     [&](const auto& move) { return move.first == from && move.second == to; });
}

bool TicketStates::allows(std::string_view reminder, std::string_view state) const noexcept {
  const ReminderStates* general = nullptr;
  for (const ReminderStates& one : reminders) {
    if (!one.reminder.empty() && one.reminder == reminder) return contains(one.states, state);
    if (one.reminder.empty()) general = &one;
  }
  return general != nullptr && contains(general->states, state);
}

}  // namespace tactful
