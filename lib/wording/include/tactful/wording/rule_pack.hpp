#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/diagnostic.hpp"

namespace tactful {

/// Words to look for: phrases and patterns (RE2 syntax). Both match the folded text (tactful/wording/fold.hpp): write
/// phrases naturally; in patterns write small letters and simplified or traditional characters, and think of blanks
/// between Chinese characters as gone. A phrase that begins or ends with a Latin letter or digit matches whole words
/// only, and a phrase of Latin words also without its blanks ("or else", "orelse").
struct WordGroup {
  std::vector<std::string> phrases;
  std::vector<std::string> patterns;

  [[nodiscard]] bool empty() const noexcept { return phrases.empty() && patterns.empty(); }
  bool operator==(const WordGroup&) const = default;
};

/// What a limit counts. kMatches: different words found by the rule; kSegments: SMS segments; kSeconds: reading time;
/// kCharacters: without white space; kSentence: ideographs plus words of the longest sentence.
enum class LimitMeasure { kMatches, kCharacters, kSentence, kSegments, kSeconds };

[[nodiscard]] std::string_view to_string(LimitMeasure measure) noexcept;

/// One rule. Exactly one of: forbid (words that must not stand), require (one of these words must), mix (both groups
/// must not stand together), limit (a count must not pass `most`; for kMatches of `forbid`'s words).
struct WordingRule {
  std::string id;  ///< `pack/rule`
  Severity severity = Severity::kWarning;
  std::vector<std::string> languages;  ///< Primary language subtags; empty: all.
  std::vector<std::string> channels;   ///< Empty: all.
  std::vector<std::string> purposes;   ///< Empty: all.
  WordGroup forbid;
  WordGroup require;
  WordGroup mix;  ///< The other side of `forbid`, for mixing.
  bool mixes = false;
  bool limits = false;
  LimitMeasure measure = LimitMeasure::kMatches;
  std::int64_t most = 0;
  WordGroup except;  ///< A match that overlaps one of these is none.
  WordGroup unless;  ///< Anywhere in the text, the rule is silent.
  WordGroup when;    ///< Where given, the rule speaks only if the text has one of these.
  std::map<std::string, std::string, std::less<>> reason;      ///< By language, `en` always.
  std::map<std::string, std::string, std::less<>> suggestion;  ///< By language, `en` always.
  std::string source;                                          ///< The regulation or study it rests on; may be empty.
};

/// A file of rules that belong together.
struct RulePack {
  std::string key;
  std::string title;
  std::vector<WordingRule> rules;
};

/// A pack as read: the pack where there is no error, and every finding either way.
struct RulePackFile {
  std::optional<RulePack> pack;
  Diagnostics diagnostics;
};

/// Reads a rule pack (`"schema": "tactful/rules/1"`, docs/spec/rules.md). Every pattern is compiled, so that a pack
/// which is read can be used; a pattern that matches the empty text, needs more than 1 MB, or is longer than 1,000
/// bytes is an error.
[[nodiscard]] RulePackFile parse_rule_pack(std::string_view text, std::string_view origin = "rules");

}  // namespace tactful
