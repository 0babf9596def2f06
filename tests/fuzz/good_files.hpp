#pragma once

#include <cstdint>
#include <string>

#include "tactful/store/store.hpp"

namespace tactful::fuzz {

/// The bytes of a small journal and of a small store as this program writes them, with everything in them that they can
/// hold; made once.
[[nodiscard]] const std::string& good_journal();
[[nodiscard]] const std::string& good_store();

/// The i-th event of that store; of the experiment `landing` where it has one.
[[nodiscard]] IngestEvent made_event(EventType type, std::int64_t i);

}  // namespace tactful::fuzz
