#include "tactful/experiment/message_template.hpp"

#include <algorithm>

#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

Error bad_template(std::size_t offset, std::string message, std::string hint) {
  return {ErrorCode::kInvalidExperiment, std::move(message), std::to_string(offset), std::move(hint)};
}

constexpr std::string_view kDoubleBrace = "write {{ or }} for a brace that is meant as text";

}  // namespace

Result<MessageTemplate> MessageTemplate::parse(std::string_view text) {
  if (const auto offset = find_invalid_utf8(text)) return bad_template(*offset, "the text is not valid UTF-8", "");
  MessageTemplate result;
  std::string literal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '{' && c != '}') {
      literal += c;
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == c) {
      literal += c;
      ++i;
      continue;
    }
    if (c == '}') return bad_template(i, "a closing brace stands without an opening one", std::string(kDoubleBrace));
    const std::size_t end = text.find_first_of("{}", i + 1);
    if (end == std::string_view::npos || text[end] == '{') {
      return bad_template(i, "a field is opened and not closed", std::string(kDoubleBrace));
    }
    const std::string_view name = text.substr(i + 1, end - i - 1);
    if (name.empty()) return bad_template(i, "a field has no name", std::string(kDoubleBrace));
    if (!is_key(name)) {
      return bad_template(i, "\"" + printable(name) + "\" is no name of a field",
                          "a name is 1 to 64 of a-z, 0-9, '-', '_' and starts with a letter or digit");
    }
    const auto known = std::find(result.fields_.begin(), result.fields_.end(), name);
    const auto index = static_cast<std::size_t>(known - result.fields_.begin());
    if (known == result.fields_.end()) result.fields_.emplace_back(name);
    result.pieces_.push_back(Piece{std::move(literal), index});
    literal.clear();
    i = end;
  }
  result.pieces_.push_back(Piece{std::move(literal), kNone});
  return result;
}

Result<std::string> MessageTemplate::render(std::span<const Field> values) const {
  std::vector<std::string_view> found(fields_.size());
  std::string missing;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const auto field = std::find_if(values.begin(), values.end(), [&](const Field& f) { return f.name == fields_[i]; });
    if (field == values.end() || trim(field->value).empty()) {
      missing += (missing.empty() ? "" : ", ") + fields_[i];
    } else {
      found[i] = field->value;
    }
  }
  if (!missing.empty()) {
    return Error{ErrorCode::kInvalidInput, "the message lacks a value for: " + missing, missing,
                 "give every field of the template a value that is not blank"};
  }
  std::string message;
  for (const Piece& piece : pieces_) {
    message += piece.literal;
    if (piece.field != kNone) message += found[piece.field];
  }
  return message;
}

}  // namespace tactful
