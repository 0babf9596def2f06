#include "tactful/wording/wording.hpp"

#include <algorithm>
#include <array>

#include "reader.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

const FieldValue* find_value(std::span<const FieldValue> values, std::string_view name) noexcept {
  for (const FieldValue& value : values) {
    if (value.name == name) return &value;
  }
  return nullptr;
}

bool holds(const WordingPassage& passage, std::span<const FieldValue> segments) noexcept {
  for (const auto& [attribute, accepted] : passage.when) {
    const FieldValue* given = find_value(segments, attribute);
    if (given == nullptr || std::find(accepted.begin(), accepted.end(), given->value) == accepted.end()) return false;
  }
  return true;
}

// Appends a piece's field, or says what is wrong with the value.
std::optional<std::string> fill_in(std::string& message, const WordingPiece& piece, const WordingField& field,
                                   std::span<const FieldValue> values) {
  const FieldValue* given = find_value(values, field.name);
  if (given == nullptr) return std::string("is missing");
  std::optional<std::string> fault = find_fault(field, given->value);
  if (fault) return fault;
  if (!append_formatted(message, piece.format, given->value))
    return std::string("has more decimals than the text shows");
  return std::nullopt;
}

// Every field that cannot be filled in, each once.
class Faults {
 public:
  void add(const WordingField& field, const std::string& fault) {
    if (std::find(names_.begin(), names_.end(), field.name) != names_.end()) return;
    names_.push_back(field.name);
    list_ += (list_.empty() ? "" : "; ") + field.name + " (" + std::string(to_string(field.type)) + ") " + fault;
  }
  [[nodiscard]] bool any() const noexcept { return !names_.empty(); }
  [[nodiscard]] Error error(std::string where) const {
    return {ErrorCode::kInvalidInput,
            std::to_string(names_.size()) + (names_.size() == 1 ? " field cannot" : " fields cannot") +
                " be filled in: " + list_,
            std::move(where), "give each of them a value of its type; nothing was rendered"};
  }

 private:
  std::vector<std::string_view> names_;
  std::string list_;
};

std::string source_of(const std::vector<WordingPiece>& pieces, const std::vector<WordingField>& fields) {
  std::string text;
  for (const WordingPiece& piece : pieces) {
    for (const char c : piece.literal) text.append(c == '{' || c == '}' ? 2U : 1U, c);
    if (piece.field != WordingPiece::kNoField) text += "{" + fields[piece.field].name + "}";
  }
  return text;
}

}  // namespace

std::span<const std::string_view> wording_elements() noexcept {
  static constexpr std::array<std::string_view, 20> kElements{
      "goal",     "agent_action", "priority", "responsible", "log",        "ticket",
      "customer", "product",      "state",    "next_action", "reply_form", "required_information",
      "deadline", "contact",      "link",     "options",     "opt_out",    "value",
      "identity", "help"};
  return kElements;
}

std::span<const std::string_view> wording_channels() noexcept {
  static constexpr std::array<std::string_view, 5> kChannels{"sms", "call", "chat", "email", "app"};
  return kChannels;
}

std::span<const std::string_view> wording_purposes() noexcept {
  static constexpr std::array<std::string_view, 3> kPurposes{"service", "commercial", "collection"};
  return kPurposes;
}

const WordingText* Wording::find_text(std::string_view language, std::string_view channel) const noexcept {
  while (true) {
    for (const WordingText& text : texts_) {
      if (text.channel == channel && text.language == language) return &text;
    }
    const std::size_t dash = language.rfind('-');
    if (dash == std::string_view::npos) return nullptr;
    language = language.substr(0, dash);
  }
}

const WordingField* Wording::find_field(std::string_view name) const noexcept {
  for (const WordingField& field : fields_) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

Status Wording::render_into(std::string& message, std::string_view language, std::string_view channel,
                            std::span<const FieldValue> values, std::span<const FieldValue> segments) const {
  message.clear();
  const WordingText* text = find_text(language, channel);
  if (text == nullptr) {
    std::string known;
    for (const WordingText& one : texts_) known += (known.empty() ? "" : ", ") + one.language + "/" + one.channel;
    return Error{ErrorCode::kNotFound,
                 "wording " + key_ + " has no text for " + printable(language) + "/" + printable(channel), key_,
                 "there are " + known};
  }
  Faults faults;
  for (const WordingPassage& passage : text->passages) {
    for (const WordingPiece& piece : holds(passage, segments) ? passage.pieces : passage.otherwise) {
      message += piece.literal;
      if (piece.field == WordingPiece::kNoField) continue;
      const std::optional<std::string> fault = fill_in(message, piece, fields_[piece.field], values);
      if (fault) faults.add(fields_[piece.field], *fault);
    }
  }
  if (!faults.any()) return {};
  message.clear();
  return faults.error(key_ + ":" + text->language + "/" + text->channel);
}

Result<std::string> Wording::render(std::string_view language, std::string_view channel,
                                    std::span<const FieldValue> values, std::span<const FieldValue> segments) const {
  std::string message;
  const Status status = render_into(message, language, channel, values, segments);
  if (!status) return status.error();
  return message;
}

std::string Wording::source(const WordingText& text) const {
  std::string source;
  for (const WordingPassage& passage : text.passages) {
    if (passage.when.empty()) {
      source += source_of(passage.pieces, fields_);
      continue;
    }
    source += "[when";
    for (const auto& [attribute, accepted] : passage.when) {
      source += " " + attribute + "=";
      for (std::size_t i = 0; i < accepted.size(); ++i) source += (i == 0 ? "" : "|") + accepted[i];
    }
    source += ": " + source_of(passage.pieces, fields_);
    if (!passage.otherwise.empty()) source += " / otherwise: " + source_of(passage.otherwise, fields_);
    source += "]";
  }
  return source;
}

}  // namespace tactful
