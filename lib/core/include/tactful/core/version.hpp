#pragma once

#include <string_view>

namespace tactful {

/// Which code this is: the project's version, and where it was built from a checkout the revision as of the last
/// configuration: "0.1.0", "0.1.0+5b61ac680389", "0.1.0+5b61ac680389.edited" with changes that were not committed.
/// No path of the machine is in it. A frozen review says by it which code made its numbers.
[[nodiscard]] std::string_view code_version() noexcept;

}  // namespace tactful
