#include "tactful/contact/contact_record.hpp"

namespace tactful {

std::string_view to_string(AttemptOutcome outcome) noexcept {
  switch (outcome) {
    case AttemptOutcome::kFailed:
      return "failed";
    case AttemptOutcome::kDelivered:
      return "delivered";
    case AttemptOutcome::kConnected:
      return "connected";
    case AttemptOutcome::kConversation:
      return "conversation";
  }
  return "failed";
}

std::optional<AttemptOutcome> attempt_outcome(std::string_view name) noexcept {
  for (const AttemptOutcome one : {AttemptOutcome::kFailed, AttemptOutcome::kDelivered, AttemptOutcome::kConnected,
                                   AttemptOutcome::kConversation}) {
    if (to_string(one) == name) return one;
  }
  return std::nullopt;
}

}  // namespace tactful
