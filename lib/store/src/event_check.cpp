#include "event_check.hpp"

#include <cmath>

namespace tactful::store_detail {

const char* event_fault(const StoredEvent& event) noexcept {
  const EventType type = event.type;
  if (type < EventType::kHold || type > EventType::kOutcome) return "has an unknown type";
  if (event.unit <= 0) return "lacks its unit";
  if (event.source == 0) return "lacks its source";
  if (type == EventType::kOutcome && event.kind == 0) return "is an outcome without a kind";
  const bool of_one = type == EventType::kExposure || type == EventType::kDelivery || type == EventType::kHold;
  if (of_one && event.experiment == 0) return "lacks its experiment";
  if (type == EventType::kExposure && event.variant == 0) return "is an exposure without a variant";
  if (!std::isfinite(event.value)) return "has a value that is not finite";
  return nullptr;
}

}  // namespace tactful::store_detail
