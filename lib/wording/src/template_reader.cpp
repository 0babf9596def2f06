#include "template_reader.hpp"

#include <algorithm>

#include "field_format.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"
#include "utf8.hpp"

namespace tactful::wording_impl {
namespace {

constexpr std::string_view kOption = "option:";

// A literal's characters go to the last piece that still has no field.
std::string& open_literal(std::vector<WordingPiece>& pieces) {
  if (pieces.empty() || pieces.back().field != WordingPiece::kNoField) pieces.emplace_back();
  return pieces.back().literal;
}

}  // namespace

void add_once(std::vector<std::size_t>& list, std::size_t index) {
  const auto at = std::lower_bound(list.begin(), list.end(), index);
  if (at == list.end() || *at != index) list.insert(at, index);
}

void add_numbers(const std::vector<WordingPiece>& pieces, std::vector<std::string>& numbers) {
  for (const WordingPiece& piece : pieces) {
    const std::string& text = piece.literal;
    for (std::size_t at = 0; at < text.size();) {
      const auto digit = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
      if (!digit(at)) {
        ++at;
        continue;
      }
      std::size_t end = at;
      while (digit(end) || (end < text.size() && (text[end] == '.' || text[end] == ':') && digit(end + 1))) ++end;
      const std::string number = text.substr(at, end - at);
      const auto place = std::lower_bound(numbers.begin(), numbers.end(), number);
      if (place == numbers.end() || *place != number) numbers.insert(place, number);
      at = end;
    }
  }
}

void TemplateReader::read(std::string_view text, std::string_view language, const std::string& pointer,
                          std::vector<WordingPiece>& pieces, std::vector<std::size_t>& fields,
                          std::vector<std::size_t>& options) {
  read_text(text, Target{language, pointer, pieces, fields, options, false});
}

void TemplateReader::fault(const Target& target, std::size_t at, std::string rule, std::string message,
                           std::string hint) {
  report_->error(std::move(rule), target.pointer, "byte " + std::to_string(at) + ": " + message, std::move(hint));
}

void TemplateReader::read_text(std::string_view text, const Target& target) {
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '{' || c == '}') {
      at = read_brace(text, at, target);
      continue;
    }
    const CodePointAt point = next_code_point(text, at);
    const bool control = point.code != '\n' && (point.code < 0x20 || (point.code >= 0x7F && point.code < 0xA0));
    const bool invisible = (point.code >= 0x200B && point.code <= 0x200F) ||
                           (point.code >= 0x202A && point.code <= 0x202E) ||
                           (point.code >= 0x2060 && point.code <= 0x206F) || point.code == 0xFEFF || point.code == 0xAD;
    if (control || invisible) {
      fault(target, at, "invisible-character", "a control or invisible character stands in the words",
            "take it out; write \\n for a line end");
    }
    open_literal(target.pieces).append(text.substr(at, point.bytes));
    at += point.bytes;
  }
}

std::size_t TemplateReader::read_brace(std::string_view text, std::size_t at, const Target& target) {
  const char c = text[at];
  if (at + 1 < text.size() && text[at + 1] == c) {
    open_literal(target.pieces).push_back(c);
    return at + 2;
  }
  if (c == '}') {
    fault(target, at, "template", "a } closes no field", "write }} for a brace in the words");
    return at + 1;
  }
  const std::size_t close = text.find_first_of("{}", at + 1);
  if (close == std::string_view::npos || text[close] == '{') {
    fault(target, at, "template", "a field is opened and not closed", "write {name}, or {{ for a brace in the words");
    return at + 1;
  }
  const std::string_view name = text.substr(at + 1, close - at - 1);
  if (name == "options" || name.starts_with(kOption)) {
    use_options(name, at, target);
  } else {
    use_field(name, at, target);
  }
  return close + 1;
}

void TemplateReader::use_field(std::string_view name, std::size_t at, const Target& target) {
  for (std::size_t i = 0; i < fields_->size(); ++i) {
    const WordingField& field = (*fields_)[i];
    if (field.name != name) continue;
    open_literal(target.pieces);
    target.pieces.back().field = i;
    const auto format = field.formats.find(target.language);
    if (format != field.formats.end()) target.pieces.back().format = format->second;
    add_once(target.fields, i);
    return;
  }
  std::vector<std::string> names;
  for (const WordingField& field : *fields_) names.push_back(field.name);
  const auto nearest = nearest_word(name, names);
  fault(target, at, is_key(name) ? "unknown-name" : "template", "there is no field " + quoted(name),
        nearest ? "perhaps " + quoted(*nearest) : "declare it in \"fields\" with its type");
}

void TemplateReader::use_options(std::string_view name, std::size_t at, const Target& target) {
  if (target.in_option)
    return fault(target, at, "template", "an option's text cannot show options", "write the words out");
  if (name == "options") {
    if (options_->empty())
      return fault(target, at, "unknown-name", "the wording has no options", "declare them in \"options\"");
    for (std::size_t i = 0; i < options_->size(); ++i) {
      if (i > 0) open_literal(target.pieces) += primary_language(target.language) == "zh" ? "；" : "; ";
      use_option(i, target);
    }
    return;
  }
  const std::string_view key = name.substr(kOption.size());
  for (std::size_t i = 0; i < options_->size(); ++i) {
    if ((*options_)[i].key == key) return use_option(i, target);
  }
  fault(target, at, "unknown-name", "there is no option " + quoted(key), "declare it in \"options\"");
}

void TemplateReader::use_option(std::size_t index, const Target& target) {
  const WordingOption& option = (*options_)[index];
  add_once(target.options, index);
  const auto text = option.text.find(target.language);
  if (text == option.text.end()) return;  // reported where the option is read
  const std::string pointer = append_pointer(append_pointer("/options", index) + "/text", target.language);
  Target inner{target.language, pointer, target.pieces, target.fields, target.options, true};
  read_text(text->second, inner);
}

}  // namespace tactful::wording_impl
