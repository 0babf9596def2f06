#pragma once

#include <string>
#include <vector>

#include "tactful/wording/wording_check.hpp"

namespace tactful::wording_impl {

/// The previews of one text; at least one.
[[nodiscard]] std::vector<WordingPreview> previews_of(const Wording& wording, const WordingText& text);

}  // namespace tactful::wording_impl
