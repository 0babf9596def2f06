#pragma once

#include "tactful/journal/event.hpp"

namespace tactful::store_detail {

/// What is wrong with an event (its codes: 0 is none), in words that follow its number, or nullptr: "lacks its unit".
[[nodiscard]] const char* event_fault(const StoredEvent& event) noexcept;

}  // namespace tactful::store_detail
