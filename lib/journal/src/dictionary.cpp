#include "dictionary.hpp"

#include <mutex>

#include "tactful/core/key.hpp"

namespace tactful {
namespace {

constexpr std::uint8_t bit(TextRule rule) noexcept { return static_cast<std::uint8_t>(rule); }

Status check(const Word& word) {
  if (word.rule == TextRule::kKey && !is_key(word.text)) {
    return Error{ErrorCode::kInvalidArgument, std::string(word.field) + " is no key", std::string(word.field),
                 "a key is 1 to 64 of a-z, 0-9, '-' and '_', first a letter or digit"};
  }
  if (word.rule == TextRule::kLabel && !is_label(word.text)) {
    return Error{ErrorCode::kInvalidArgument, std::string(word.field) + " is no label", std::string(word.field),
                 "a label is 1 to 100 bytes of UTF-8 without control characters and without blanks at either end"};
  }
  return {};
}

}  // namespace

bool Dictionary::find(const Word& word) const {
  const auto entry = entries_.find(word.text);
  if (entry == entries_.end() || (entry->second.rules & bit(word.rule)) == 0) return false;
  *word.code = entry->second.code;
  return true;
}

Status Dictionary::intern(std::span<const Word> words) {
  bool complete = true;
  {
    const std::shared_lock lock(mutex_);
    for (const Word& word : words) {
      if (word.text.empty()) {
        *word.code = 0;
      } else if (!find(word)) {
        *word.code = 0;
        complete = false;
      }
    }
  }
  if (complete) return {};
  // Everything is checked before anything is added, so that a refused event leaves no text behind.
  for (const Word& word : words) {
    if (word.text.empty() || *word.code != 0) continue;
    if (Status status = check(word); !status.ok()) return status;
  }
  const std::unique_lock lock(mutex_);
  for (const Word& word : words) {
    if (word.text.empty() || *word.code != 0) continue;
    if (Status status = add(word); !status.ok()) return status;
  }
  return {};
}

Status Dictionary::add(const Word& word) {
  if (const auto known = entries_.find(word.text); known != entries_.end()) {
    known->second.rules |= bit(word.rule);
    *word.code = known->second.code;
    return {};
  }
  if (by_code_.size() >= (word.rule == TextRule::kSegments ? kMaxTexts - kReservedTexts : kMaxTexts)) {
    return Error{ErrorCode::kInvalidArgument,
                 "the journal holds " + std::to_string(by_code_.size()) + " different texts and takes no new " +
                     std::string(word.field),
                 std::string(word.field), "keys and labels are few; ids of customers belong into unit or cluster"};
  }
  // Room first, so that the two containers agree also when memory runs out.
  if (by_code_.size() == by_code_.capacity()) by_code_.reserve(2 * by_code_.size() + 64);
  const auto code = static_cast<std::int32_t>(by_code_.size() + 1);
  const auto added = entries_.emplace(std::string(word.text), Entry{code, bit(word.rule)});
  by_code_.push_back(&added.first->first);
  *word.code = code;
  return {};
}

void Dictionary::restore(std::string text) {
  const std::unique_lock lock(mutex_);
  std::uint8_t rules = 0;
  if (is_key(text)) rules |= bit(TextRule::kKey);
  if (is_label(text)) rules |= bit(TextRule::kLabel);
  const auto code = static_cast<std::int32_t>(by_code_.size() + 1);
  const auto added = entries_.emplace(std::move(text), Entry{code, rules});
  by_code_.push_back(&added.first->first);
}

std::vector<std::string> Dictionary::texts_after(std::int32_t after) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> result;
  for (auto i = static_cast<std::size_t>(after); i < by_code_.size(); ++i) result.push_back(*by_code_[i]);
  return result;
}

}  // namespace tactful
