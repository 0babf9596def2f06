#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tactful/core/diagnostic.hpp"
#include "tactful/core/result.hpp"
#include "tactful/wording/field.hpp"

namespace tactful {

/// What a good reminder has, the names that files use: goal, agent_action, priority, responsible, log, ticket,
/// customer, product, state, next_action, reply_form, required_information, deadline, contact, link, options, opt_out,
/// value, identity, help.
[[nodiscard]] std::span<const std::string_view> wording_elements() noexcept;

/// Channels of texts: sms, call, chat, email, app.
[[nodiscard]] std::span<const std::string_view> wording_channels() noexcept;

/// Purposes that rules know: service, commercial, collection.
[[nodiscard]] std::span<const std::string_view> wording_purposes() noexcept;

/// Literal text and then a field; the last piece of a passage has none.
struct WordingPiece {
  static constexpr std::size_t kNoField = static_cast<std::size_t>(-1);
  std::string literal;
  std::size_t field = kNoField;  ///< Index into Wording::fields().
  FieldFormat format;            ///< The field's format in the text's language.
};

/// A part of a text, shown always or to segments.
struct WordingPassage {
  std::vector<WordingPiece> pieces;
  std::vector<WordingPiece> otherwise;  ///< Shown where `when` does not hold.
  std::vector<std::string> elements;    ///< What the passage tells, fields' elements included.
  std::vector<std::pair<std::string, std::vector<std::string>>>
      when;  ///< Attribute and the values that match; all must hold.
};

/// One version of the reminder.
struct WordingText {
  std::string language;
  std::string channel;
  std::string pointer;  ///< Where it stands in the file.
  std::vector<WordingPassage> passages;
  std::vector<std::size_t> fields;   ///< Every field used, ascending.
  std::vector<std::size_t> options;  ///< Options offered, ascending.
  std::vector<std::string> numbers;  ///< Numbers in literal words, sorted, each once.
};

/// One of the ways the customer may choose.
struct WordingOption {
  std::string key;
  std::map<std::string, std::string, std::less<>> text;  ///< By language, template text.
  std::string time_field;                                ///< The field that says when; or
  std::map<std::string, std::string, std::less<>> time;  ///< the words that say when, by language.
};

/// A finding that people have accepted.
struct AllowedRule {
  std::string rule;  ///< `pack/rule`
  std::string reason;
  std::string by;
};

/// One reminder in its words: a template with a contract. Immutable; made by parse_wording() only.
/// Thread-safety: const use from any number of threads.
class Wording {
 public:
  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] const std::string& title() const noexcept { return title_; }
  [[nodiscard]] const std::string& scenario() const noexcept { return scenario_; }
  /// `service` (default), `commercial` or `collection`: which rule packs bind.
  [[nodiscard]] const std::string& purpose() const noexcept { return purpose_; }
  /// What the file says of the reminder for people: element to words.
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& structure() const noexcept { return structure_; }
  [[nodiscard]] const std::vector<WordingField>& fields() const noexcept { return fields_; }
  [[nodiscard]] const std::vector<WordingOption>& options() const noexcept { return options_; }
  [[nodiscard]] const std::vector<WordingText>& texts() const noexcept { return texts_; }
  [[nodiscard]] const std::vector<AllowedRule>& allowed() const noexcept { return allowed_; }

  /// The text for a channel in a language: exactly, else with the language's last subtags left out (`zh-Hans-CN`,
  /// `zh-Hans`, `zh`). nullptr when there is none.
  [[nodiscard]] const WordingText* find_text(std::string_view language, std::string_view channel) const noexcept;

  /// The field called `name`, or nullptr.
  [[nodiscard]] const WordingField* find_field(std::string_view name) const noexcept;

  /// Writes the message into `message` (its old content is replaced, its memory used again). Values that the text does
  /// not use are ignored; where a name stands twice the first counts. `segments` are the customer's attributes for
  /// conditional passages. Errors: kNotFound when there is no such text, listing those there are; kInvalidInput naming
  /// every field shown to this customer that is missing, empty or ill-typed with its type and the shape of what was
  /// given, values never; `message` is empty then. Guarantee: complete or an error; every brace in the message is one
  /// that the template escaped. Complexity: linear; no allocation on success when `message` has the capacity
  /// and text values hold ASCII without full stops and colons, and ideographs (in others links are looked for).
  [[nodiscard]] Status render_into(std::string& message, std::string_view language, std::string_view channel,
                                   std::span<const FieldValue> values, std::span<const FieldValue> segments = {}) const;

  /// As render_into(), into a new string.
  [[nodiscard]] Result<std::string> render(std::string_view language, std::string_view channel,
                                           std::span<const FieldValue> values,
                                           std::span<const FieldValue> segments = {}) const;

  /// The text with its fields in braces and conditional passages as `[when ...: ...]`, for people and for diff_words().
  [[nodiscard]] std::string source(const WordingText& text) const;

  /// Content identity, 32 lower-case hex digits: 128 bits of BLAKE2b over the canonical JSON of schema, key, purpose,
  /// fields, options, texts (conditions and elements included) and accepted findings, defaults filled in. Title,
  /// scenario and structure are outside it. Stability: equal on every machine and release of schema 1.
  [[nodiscard]] const std::string& fingerprint() const noexcept { return fingerprint_; }

 private:
  friend class WordingBuilder;
  std::string key_, title_, scenario_, purpose_, fingerprint_;
  std::map<std::string, std::string, std::less<>> structure_;
  std::vector<WordingField> fields_;
  std::vector<WordingOption> options_;
  std::vector<WordingText> texts_;
  std::vector<AllowedRule> allowed_;
};

/// A wording file as read: the wording where there is no error, and every finding either way.
struct WordingFile {
  std::shared_ptr<const Wording> wording;  ///< Set exactly when `diagnostics` holds no error.
  Diagnostics diagnostics;                 ///< All at once, each with its JSON pointer.
};

/// Reads a wording from JSON text (docs/spec/wording.md): types, templates, fields used and not declared, formats,
/// samples, options. Never fails otherwise: text that is not JSON becomes one diagnostic.
[[nodiscard]] WordingFile parse_wording(std::string_view text, std::string_view origin = "wording");

}  // namespace tactful
