#pragma once

#include "tactful/core/result.hpp"

namespace tactful {

/// Made and copied without allocating: its texts fit into the strings themselves.
[[nodiscard]] inline Error out_of_memory() noexcept { return {ErrorCode::kUnavailable, "out of memory", "", ""}; }

}  // namespace tactful
