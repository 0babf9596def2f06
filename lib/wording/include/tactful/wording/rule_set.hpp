#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/wording/fold.hpp"
#include "tactful/wording/rule_pack.hpp"

namespace tactful {

/// For whom a text is. A channel or purpose that is empty, or none of those that rules know, may be any of them: the
/// rules of every channel or purpose apply. Rules limited to languages do not apply to an empty language.
struct RuleContext {
  std::string_view language = {};        ///< `zh`, `en-GB`; the primary subtag counts.
  std::string_view channel = {};         ///< Of wording_channels(): sms, call, chat, email, app.
  std::string_view purpose = "service";  ///< Of wording_purposes(): service, commercial, collection.
};

/// What a rule has against a text.
struct RuleFinding {
  const WordingRule* rule = nullptr;  ///< Valid as long as the RuleSet.
  ByteRange range;      ///< In the text as it was written; the whole text for what is missing or too long.
  std::string matched;  ///< The words as written; empty for what is missing or too long.

  bool operator==(const RuleFinding&) const = default;
};

/// Reason or suggestion in a language, else in English.
[[nodiscard]] std::string_view in_language(const std::map<std::string, std::string, std::less<>>& words,
                                           std::string_view language) noexcept;

/// Rule packs compiled for use: all words of all rules in one automaton, so that a clean text costs one pass.
/// Thread-safety: immutable; const use from any number of threads.
class RuleSet {
 public:
  /// Errors: kInvalidArgument when two packs have one key, or when the packs together are too large for one automaton
  /// (64 MB).
  [[nodiscard]] static Result<std::shared_ptr<const RuleSet>> compile(std::vector<RulePack> packs);
  virtual ~RuleSet() = default;

  /// Findings by place, then by rule. Matches of one rule that overlap are one finding; at most 100 findings of one
  /// rule and about 1,000 in all. Guarantee: what bears on sending is never crowded out. Rules of severity error are
  /// applied first and each that is broken has at least one finding, whatever the others found; words are looked at
  /// before exceptions are taken off, and where more than 100,000 of them stand for one rule, the text as a whole is a
  /// finding of that rule. Complexity: linear in the text for each word that occurs in it; text past 1 MB is not looked
  /// at.
  [[nodiscard]] virtual std::vector<RuleFinding> check(std::string_view text, const RuleContext& context) const = 0;

  [[nodiscard]] virtual const std::vector<RulePack>& packs() const noexcept = 0;
  /// The rule `pack/rule`, or nullptr.
  [[nodiscard]] virtual const WordingRule* find(std::string_view id) const noexcept = 0;
  /// 32 hex digits over the rules' ids, words, limits and severities: which rules a text was checked by.
  [[nodiscard]] virtual const std::string& fingerprint() const noexcept = 0;

 protected:
  RuleSet() = default;
};

/// Whether a finding forbids sending: of severity error.
[[nodiscard]] bool any_error(std::span<const RuleFinding> findings) noexcept;

}  // namespace tactful
