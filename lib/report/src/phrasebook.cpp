#include "phrasebook.hpp"

#include <algorithm>

namespace tactful::report {
namespace {

constexpr std::string_view kJoint = "; ";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_number(std::string_view text) {
  return text.find_first_not_of("0123456789.,+-<>% ") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos && text.front() != ' ' && text.back() != ' ';
}

std::vector<std::string_view> split(std::string_view text, std::string_view at) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(at, begin);
    parts.push_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + at.size();
  }
}

}  // namespace

Phrasebook::Phrasebook(const std::vector<std::span<const Phrase>>& parts, std::span<const Phrase> joints) {
  for (const auto& part : parts) add(part, patterns_);
  add(joints, joints_);
}

void Phrasebook::add(std::span<const Phrase> phrases, Patterns& patterns) {
  for (const Phrase& phrase : phrases) {
    Pattern pattern{phrase.english.substr(0, phrase.english.find('{')), {}, phrase.other};
    std::string_view rest = phrase.english.substr(pattern.begin.size());
    while (!rest.empty()) {
      const std::string_view name = rest.substr(1, rest.find('}') - 1);
      rest.remove_prefix(name.size() + 2);
      const std::string_view after = rest.substr(0, rest.find('{'));
      pattern.slots.push_back({name, after});
      rest.remove_prefix(after.size());
    }
    patterns.push_back(std::move(pattern));
  }
}

std::optional<std::string> Phrasebook::fill(std::string_view name, std::string_view text) const {
  if (text.empty()) return std::nullopt;
  switch (name.front()) {
    case 'n':
      return is_number(text) ? std::optional(std::string(text)) : std::nullopt;
    case 'w':
      return text.find(kJoint) == std::string_view::npos && text.find(": ") == std::string_view::npos
                 ? std::optional(std::string(text))
                 : std::nullopt;
    case 'k':
      return text.find(' ') == std::string_view::npos ? std::optional(std::string(text)) : std::nullopt;
    case 't':
      return find(text);
    case 'p':
      return find_in(patterns_, text);
    case 'l': {
      if (text.find(kJoint) != std::string_view::npos) return std::nullopt;
      std::string list;
      for (const std::string_view item : split(text, ", ")) list += (list.empty() ? "" : "，") + say(item);
      return list;
    }
    case 's': {
      const std::vector<std::string_view> items = split(text, ", ");
      if (items.size() < 2 || text.find(kJoint) != std::string_view::npos) return std::nullopt;
      std::string list;
      for (const std::string_view item : items) {
        const auto one = find(item);
        if (!one) return std::nullopt;
        list += (list.empty() ? "" : "，") + *one;
      }
      return list;
    }
    default:
      return std::string(text);
  }
}

bool Phrasebook::match(const Pattern& pattern, std::size_t slot, std::string_view rest, Values& values) const {
  if (slot == pattern.slots.size()) return rest.empty();
  const auto& [name, after] = pattern.slots[slot];
  const bool is_last = slot + 1 == pattern.slots.size();
  for (std::size_t end = is_last ? rest.size() - std::min(rest.size(), after.size()) : rest.find(after, 1);
       end != std::string_view::npos && end < rest.size() + 1; end = rest.find(after, end + 1)) {
    if (rest.substr(end, after.size()) == after) {
      if (auto value = fill(name, rest.substr(0, end))) {
        values.emplace_back(name, *std::move(value));
        if (match(pattern, slot + 1, rest.substr(end + after.size()), values)) return true;
        values.pop_back();
      }
    }
    if (is_last) return false;
  }
  return false;
}

std::optional<std::string> Phrasebook::find_in(const Patterns& patterns, std::string_view text) const {
  for (const Pattern& pattern : patterns) {
    if (text.substr(0, pattern.begin.size()) != pattern.begin) continue;
    Values values;
    if (!match(pattern, 0, text.substr(pattern.begin.size()), values)) continue;
    std::string result;
    for (std::string_view rest = pattern.other; !rest.empty();) {
      const std::string_view plain = rest.substr(0, rest.find('{'));
      result += plain;
      rest.remove_prefix(plain.size());
      if (rest.empty()) break;
      const std::string_view name = rest.substr(1, rest.find('}') - 1);
      for (const auto& [known, value] : values) {
        if (known == name) result += value;
      }
      rest.remove_prefix(name.size() + 2);
    }
    return result;
  }
  return std::nullopt;
}

std::optional<std::string> Phrasebook::find(std::string_view text) const {
  if (std::none_of(text.begin(), text.end(), is_letter)) return std::string(text);
  if (auto whole = find_in(patterns_, text)) return whole;
  // Before it is parted: what follows "{w}: " may be a sentence that has "; " in itself.
  if (auto joined = find_in(joints_, text)) return joined;
  const std::vector<std::string_view> parts = split(text, kJoint);
  if (parts.size() < 2) return std::nullopt;
  std::string result;
  for (const std::string_view part : parts) {
    const auto one = find(part);
    if (!one) return std::nullopt;
    result += (result.empty() ? "" : "；") + *one;
  }
  return result;
}

std::string Phrasebook::say(std::string_view text) const {
  if (auto all = find(text)) return *std::move(all);
  std::string result;
  for (const std::string_view part : split(text, kJoint)) {
    const auto one = find(part);
    result += (result.empty() ? "" : "；") + (one ? *one : std::string(part));
  }
  return result;
}

const Phrasebook& chinese() {
  static const Phrasebook book({chinese_page(), chinese_results(), chinese_checks()}, chinese_joints());
  return book;
}

}  // namespace tactful::report
