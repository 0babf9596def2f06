#pragma once

namespace tactful::wording_impl {

/// The simplified form of a traditional Chinese character U+4E00 to U+9FFF, or the character itself.
[[nodiscard]] char32_t simplified(char32_t c) noexcept;

}  // namespace tactful::wording_impl
