#pragma once

#include <string>
#include <string_view>

namespace tactful::wording_impl {

/// The text with each character folded by itself (tactful/wording/fold.hpp): full-width and look-alike letters become
/// Latin small ones, invisible characters are gone; marks and blanks stay where they are. Invalid bytes become U+FFFD.
[[nodiscard]] std::u32string fold_points(std::string_view text);

}  // namespace tactful::wording_impl
