#include "diff_wording.hpp"

#include <algorithm>
#include <optional>

#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"
#include "tactful/wording/word_diff.hpp"
#include "wording_files.hpp"

namespace tactful::tools {
namespace {

// One language and channel in both files, in at least one of which it stands.
struct TextDifference {
  std::string language, channel;
  std::optional<std::string> before, after;
  std::vector<DiffPiece> pieces;  // where it stands in both

  [[nodiscard]] std::string_view change() const {
    if (!before) return "added";
    if (!after) return "removed";
    return *before == *after ? "same" : "changed";
  }
};

const WordingText* text_like(const Wording& wording, const WordingText& like) {
  for (const WordingText& one : wording.texts())
    if (one.language == like.language && one.channel == like.channel) return &one;
  return nullptr;
}

std::vector<TextDifference> compare(const Wording& before, const Wording& after) {
  std::vector<TextDifference> list;
  for (const WordingText& text : before.texts()) {
    TextDifference one{text.language, text.channel, before.source(text), {}, {}};
    if (const WordingText* other = text_like(after, text)) {
      one.after = after.source(*other);
      one.pieces = diff_words(*one.before, *one.after);
    }
    list.push_back(std::move(one));
  }
  for (const WordingText& text : after.texts())
    if (text_like(before, text) == nullptr) list.push_back({text.language, text.channel, {}, after.source(text), {}});
  return list;
}

Json to_json(const TextDifference& one) {
  Json pieces = Json::array();
  for (const DiffPiece& piece : one.pieces) {
    const char* kind = piece.kind == DiffKind::kSame ? "same" : piece.kind == DiffKind::kAdded ? "added" : "removed";
    pieces.push_back(Json::object().set("kind", kind).set("text", piece.text));
  }
  Json object = Json::object();
  object.set("language", one.language).set("channel", one.channel).set("change", one.change());
  object.set("before", one.before ? Json(*one.before) : Json()).set("after", one.after ? Json(*one.after) : Json());
  return std::move(object.set("pieces", std::move(pieces)));
}

// One side of the difference: what both have, and what only this side has in its marks.
std::string side_of(const std::vector<DiffPiece>& pieces, DiffKind side) {
  std::vector<DiffPiece> shown;
  for (const DiffPiece& piece : pieces)
    if (piece.kind == DiffKind::kSame || piece.kind == side) shown.push_back(piece);
  return describe(shown);
}

// Texts of several lines keep them, each under the one before.
void print_side(Console& console, std::string_view name, std::string_view text) {
  std::string_view label = name;
  while (true) {
    const std::size_t end = text.find('\n');
    console.out.line("  " + pad_right(label, 8) + printable(text.substr(0, end)));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
    label = "";
  }
}

void print(Console& console, const TextDifference& one) {
  console.out.line(printable(one.language + " " + one.channel) + ": " + std::string(one.change()));
  if (one.change() == "same") return;
  const bool both = one.before && one.after;
  if (one.before) print_side(console, "before", both ? side_of(one.pieces, DiffKind::kRemoved) : *one.before);
  if (one.after) print_side(console, "after", both ? side_of(one.pieces, DiffKind::kAdded) : *one.after);
}

}  // namespace

Result<int> diff_wordings(const std::filesystem::path& before_file, const std::filesystem::path& after_file,
                          Console& console) {
  const auto before = load_wording(before_file);
  if (!before) return before.error();
  const auto after = load_wording(after_file);
  if (!after) return after.error();
  const std::string &old_print = (*before)->fingerprint(), &new_print = (*after)->fingerprint();
  const std::vector<TextDifference> texts = compare(**before, **after);
  const auto changed =
      std::count_if(texts.begin(), texts.end(), [](const TextDifference& one) { return one.change() != "same"; });
  if (console.format == Format::kJson) {
    Json list = Json::array();
    for (const TextDifference& one : texts) list.push_back(to_json(one));
    Json object = Json::object();
    object.set("kind", "wording").set("old_wording", (*before)->key()).set("new_wording", (*after)->key());
    object.set("old_fingerprint", old_print).set("new_fingerprint", new_print);
    object.set("changed_texts", changed).set("texts", std::move(list));
    console.out.line(object.dump(2));
    return kDone;
  }
  console.out.line("old " + printable((*before)->key()) + ", fingerprint " + old_print);
  console.out.line("new " + printable((*after)->key()) + ", fingerprint " + new_print);
  for (const TextDifference& one : texts) print(console, one);
  if (changed > 0) {
    console.out.line(counted(static_cast<std::int64_t>(changed), "text", "texts") + " of " +
                     std::to_string(texts.size()) + (changed == 1 ? " differs" : " differ"));
  } else {
    console.out.line(
        old_print == new_print
            ? "the same wording"
            : "the same words; what differs is the key, the purpose, a field, an option or an accepted finding");
  }
  return kDone;
}

}  // namespace tactful::tools
