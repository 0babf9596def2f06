#include "tactful/journal/event.hpp"

namespace tactful {

std::string_view to_string(EventType type) noexcept {
  switch (type) {
    case EventType::kHold:
      return "hold";
    case EventType::kExposure:
      return "exposure";
    case EventType::kContact:
      return "contact";
    case EventType::kDelivery:
      return "delivery";
    case EventType::kOutcome:
      return "outcome";
  }
  return "unknown";
}

}  // namespace tactful
