#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tactful {

/// BLAKE2b of `text` without a key, `bytes` (16 to 64) long, as lower-case hex.
[[nodiscard]] std::string blake2b_hex(std::string_view text, std::size_t bytes);

}  // namespace tactful
