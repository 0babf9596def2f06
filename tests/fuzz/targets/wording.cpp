// The wording file, and everything that reads a wording: previews, checks, rendering, the word difference.
#include "fuzz_target.hpp"
#include "tactful/core/text.hpp"
#include "tactful/wording/word_diff.hpp"
#include "tactful/wording/wording_check.hpp"

TACTFUL_FUZZ_TARGET(wording) {
  using namespace tactful;
  const WordingFile file = parse_wording(input);
  fuzz::require((file.wording == nullptr) == has_errors(file.diagnostics), "a wording or an error");
  (void)describe(file.diagnostics, "wording.json");
  if (file.wording == nullptr) return;
  const Wording& wording = *file.wording;
  (void)check_wording(wording, nullptr, nullptr);
  for (const WordingPreview& preview : previews(wording)) {
    fuzz::require(!find_invalid_utf8(preview.message), "a preview is text");
  }
  std::vector<FieldValue> values;
  for (const WordingField& field : wording.fields()) values.push_back({field.name, field.sample});
  for (const WordingText& text : wording.texts()) {
    fuzz::require(wording.find_text(text.language, text.channel) == &text, "a text is found by its own names");
    const auto message = wording.render(text.language, text.channel, values);
    fuzz::require(message.has_value() || message.error().code == ErrorCode::kInvalidInput, "a message or its error");
    const std::string source = wording.source(text);
    std::string before;
    for (const DiffPiece& piece : diff_words(source, wording.source(wording.texts().front()))) {
      if (piece.kind != DiffKind::kAdded) before += piece.text;
    }
    fuzz::require(before == source, "a difference holds the text before it");
  }
}
