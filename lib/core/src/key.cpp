#include "tactful/core/key.hpp"

#include <algorithm>
#include <string>

#include "tactful/core/text.hpp"

namespace tactful {

bool is_key(std::string_view text) noexcept {
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 64 && is_word(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_word(c) || c == '-' || c == '_'; });
}

Status check_key(std::string_view text, std::string_view what) {
  if (is_key(text)) return {};
  return Error{ErrorCode::kInvalidArgument, std::string(what) + " \"" + printable(text) + "\" is not a key",
               std::string(what), "use 1 to 64 of a-z, 0-9, '-', '_', starting with a letter or digit"};
}

bool is_label(std::string_view text) noexcept {
  if (text.empty() || text.size() > 100 || text.front() == ' ' || text.back() == ' ') return false;
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return std::none_of(text.begin(), text.end(), is_control) && !find_invalid_utf8(text);
}

}  // namespace tactful
