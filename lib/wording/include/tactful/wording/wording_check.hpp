#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/diagnostic.hpp"
#include "tactful/wording/rule_set.hpp"
#include "tactful/wording/scenario.hpp"
#include "tactful/wording/text_length.hpp"
#include "tactful/wording/wording.hpp"

namespace tactful {

/// One way a text can come out: for customers whose attributes are `segments`, filled in with the fields' samples.
struct WordingPreview {
  std::string language;
  std::string channel;
  std::string pointer;   ///< Of the text in the wording's file.
  std::string segments;  ///< `tenure=new, value=high`; empty for customers whom no condition meets.
  std::string message;
};

/// Every text of the wording with sample values, for each combination of the values that its conditions name and for
/// customers whom none meets; past 256 combinations of one text, each value alone. In the order of the file.
[[nodiscard]] std::vector<WordingPreview> previews(const Wording& wording);

/// Checks a wording beyond its own syntax. Rules of the diagnostics:
/// - `scenario` (error): the scenario is not in the book; skipped when the wording names none or `scenarios` is
/// nullptr.
/// - `structure-missing`, `element-missing`, `few-options` (errors): what the scenario requires is not in the
/// structure, or not told by a
///   passage or field that every customer sees.
/// - `fields-differ`, `options-differ` (errors): versions for other channels or languages tell another fact (fields
/// with
///   `everywhere` false are free) or offer other options; `deadline-differs` (error) where such a field or passage is a
///   deadline.
/// - `numbers-differ` (warning): versions in one language have different numbers in their literal words.
/// - `rule ids` (`coercion/must`) with the rule's severity: previews that break rules; accepted ones (`allow`) become
/// notes. The message shows
///   the words, the hint is the rule's suggestion. `allow-unknown`, `allow-unused` (warnings).
/// `rules` may be nullptr. `language` is that of messages and hints: `zh`, else English. Findings are in the order of
/// the file, each once.
[[nodiscard]] Diagnostics check_wording(const Wording& wording, const ScenarioBook* scenarios, const RuleSet* rules,
                                        std::string_view language = "en");

/// How long one text is, by its previews.
struct TextCost {
  std::string language;
  std::string channel;
  SmsLength shortest;  ///< For channel sms the fewest segments; else of the shortest preview.
  SmsLength longest;
  ReadingLength reading;    ///< Of the longest preview.
  std::size_t columns = 0;  ///< Terminal columns of the longest preview (core text.hpp).
};

[[nodiscard]] std::vector<TextCost> costs(const Wording& wording);

/// One variant of an experiment for compare_variants().
struct VariantWording {
  std::string_view variant;
  const Wording* wording = nullptr;  ///< Never nullptr.
};

/// What makes variants unequal beyond their words: the first is the control. Rules: `segments-differ` (warning): SMS
/// segments of the longest preview, so cost and delivery differ; `reading-differs` (warning): reading time by more than
/// a quarter and 3 seconds; `text-missing` (error): a language and channel that the control has and a variant lacks, so
/// that it would fall back to control; `fields-needed` (error): a variant's text needs a field that the control's does
/// not, so that it is incomplete where control is not.
[[nodiscard]] Diagnostics compare_variants(std::span<const VariantWording> variants, std::string_view language = "en");

}  // namespace tactful
