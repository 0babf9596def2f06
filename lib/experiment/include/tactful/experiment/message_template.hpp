#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tactful/core/result.hpp"

namespace tactful {

/// A field's value for one message.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// Text with named fields in braces, "Dear {name}, ticket {ticket}"; "{{" and "}}" stand for braces. Names are keys.
/// Thread-safety: immutable; const use from several threads is safe.
class MessageTemplate {
 public:
  /// Errors: kInvalidExperiment for an unclosed or empty field, a stray brace, a name that is no key, or invalid UTF-8;
  /// `where` is the byte offset.
  [[nodiscard]] static Result<MessageTemplate> parse(std::string_view text);

  /// The names used, in order of first use, each once.
  [[nodiscard]] const std::vector<std::string>& fields() const noexcept { return fields_; }

  /// The message. Fields that the template does not use are ignored.
  /// Errors: kInvalidInput naming every field that is missing or empty (after trimming); nothing is rendered then.
  [[nodiscard]] Result<std::string> render(std::span<const Field> values) const;

 private:
  struct Piece {
    std::string literal;    // text before the field
    std::size_t field = 0;  // index into fields_, or kNone for the last piece
  };
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<Piece> pieces_;
  std::vector<std::string> fields_;
};

}  // namespace tactful
