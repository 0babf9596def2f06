#include "tactful/wording/rule_set.hpp"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <set>

#include "field_format.hpp"
#include "reader.hpp"
#include "tactful/wording/text_length.hpp"
#include "tactful/wording/wording.hpp"
#include "words.hpp"

namespace tactful {
namespace {

constexpr int kSetMemory = 64 << 20;
constexpr std::size_t kMostFindings = 1000;
constexpr std::size_t kMostOfOneRule = 100;
constexpr std::size_t kMostPlaces = 100'000;  // of one rule's words in one text, looked at before exceptions
constexpr std::size_t kLongestText = 1 << 20;

RE2::Options make_options(int memory) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(memory);
  options.set_case_sensitive(false);
  return options;
}

using Ranges = std::vector<ByteRange>;  // in the folded text

// Where words stand, by place; `too_many` when not all of them were looked at.
struct Places {
  Ranges ranges;
  bool too_many = false;

  [[nodiscard]] bool any() const noexcept { return too_many || !ranges.empty(); }
};

// One rule's words as indices into the automaton.
struct CompiledRule {
  const WordingRule* rule = nullptr;
  std::vector<std::size_t> forbid, require, mix, except, unless, when;
};

bool overlaps(const ByteRange& a, const ByteRange& b) noexcept { return a.begin < b.end && b.begin < a.end; }

// Sorted, and those that overlap made one.
Ranges merged(Ranges ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const ByteRange& a, const ByteRange& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  Ranges out;
  for (const ByteRange& range : ranges) {
    if (!out.empty() && range.begin < out.back().end) {
      out.back().end = std::max(out.back().end, range.end);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

bool contains(std::span<const std::string> list, std::string_view item) noexcept {
  return list.empty() || std::find(list.begin(), list.end(), item) != list.end();
}

// Whether a rule of `list` speaks for `item`: what nobody knows may be any of them, so every rule binds it.
bool binds(const std::vector<std::string>& list, std::span<const std::string_view> known,
           std::string_view item) noexcept {
  return contains(list, item) || std::find(known.begin(), known.end(), item) == known.end();
}

// Whether a range of `sorted`, which do not overlap each other, overlaps `range`.
bool overlaps_any(const ByteRange& range, const Ranges& sorted) noexcept {
  const auto next = std::partition_point(sorted.begin(), sorted.end(),
                                         [&](const ByteRange& other) { return other.end <= range.begin; });
  return next != sorted.end() && overlaps(*next, range);
}

Json to_json(const WordGroup& group) {
  Json json = Json::array();
  for (const std::string& phrase : group.phrases) json.push_back(phrase);
  for (const std::string& pattern : group.patterns) json.push_back(Json::array().push_back(pattern));
  return json;
}

Json to_json(const WordingRule& rule) {
  Json lists = Json::array();
  for (const auto* list : {&rule.languages, &rule.channels, &rule.purposes}) {
    Json json = Json::array();
    for (const std::string& item : *list) json.push_back(item);
    lists.push_back(std::move(json));
  }
  Json groups = Json::array();
  for (const auto* group : {&rule.forbid, &rule.require, &rule.mix, &rule.except, &rule.unless, &rule.when})
    groups.push_back(to_json(*group));
  return Json::array()
      .push_back(rule.id)
      .push_back(to_string(rule.severity))
      .push_back(std::move(lists))
      .push_back(std::move(groups))
      .push_back(rule.limits ? Json::array().push_back(to_string(rule.measure)).push_back(rule.most) : Json());
}

// What a text has of all words, found once.
class Sighting {
 public:
  Sighting(const FoldedText& folded, const std::vector<std::unique_ptr<RE2>>& words, std::vector<bool> hit)
      : folded_(&folded), words_(&words), hit_(std::move(hit)) {}

  [[nodiscard]] bool any(const std::vector<std::size_t>& words) const {
    return std::any_of(words.begin(), words.end(), [&](std::size_t word) { return hit_[word]; });
  }

  // Where the words stand, without those that an exception overlaps; overlapping ones merged.
  [[nodiscard]] Places places(const std::vector<std::size_t>& words, const std::vector<std::size_t>& except) const {
    if (!any(words)) return {};
    Places found = find(words);
    const Ranges exceptions = merged(find(except).ranges);
    std::erase_if(found.ranges, [&](const ByteRange& range) { return overlaps_any(range, exceptions); });
    found.ranges = merged(std::move(found.ranges));
    return found;
  }

  [[nodiscard]] const FoldedText& folded() const noexcept { return *folded_; }

 private:
  [[nodiscard]] Places find(const std::vector<std::size_t>& words) const {
    Places found;
    for (const std::size_t word : words) {
      if (hit_[word] && !found.too_many) find_all(*(*words_)[word], found);
    }
    return found;
  }

  void find_all(const RE2& word, Places& found) const {
    const std::string& text = folded_->text();
    const re2::StringPiece whole(text);
    re2::StringPiece match;
    std::size_t at = 0;
    while (at <= text.size() && word.Match(whole, at, text.size(), RE2::UNANCHORED, &match, 1)) {
      const auto begin = static_cast<std::size_t>(match.data() - text.data());
      if (match.empty()) {  // patterns that can match nothing are refused; an anchor alone could still be one
        at = begin + 1;
        continue;
      }
      if (found.ranges.size() == kMostPlaces) {
        found.too_many = true;
        return;
      }
      found.ranges.push_back({begin, begin + match.size()});
      at = begin + match.size();
    }
  }

  const FoldedText* folded_;
  const std::vector<std::unique_ptr<RE2>>* words_;
  std::vector<bool> hit_;
};

class CompiledRuleSet final : public RuleSet {
 public:
  explicit CompiledRuleSet(std::vector<RulePack> packs)
      : packs_(std::move(packs)), set_(make_options(kSetMemory), RE2::UNANCHORED) {}

  Status compile() {
    std::set<std::string, std::less<>> keys;
    Json content = Json::array();
    for (const RulePack& pack : packs_) {
      if (!keys.insert(pack.key).second)
        return Error{ErrorCode::kInvalidArgument, "two rule packs are called " + pack.key, "packs",
                     "give each its own key"};
      for (const WordingRule& rule : pack.rules) {
        CompiledRule compiled{&rule, {}, {}, {}, {}, {}, {}};
        const Status status = add(rule, compiled);
        if (!status) return status;
        rules_.push_back(std::move(compiled));
        content.push_back(to_json(rule));
      }
    }
    if (!words_.empty() && !set_.Compile()) return too_large();
    by_severity_.resize(rules_.size());
    std::iota(by_severity_.begin(), by_severity_.end(), std::size_t{0});
    std::stable_sort(by_severity_.begin(), by_severity_.end(), [this](std::size_t a, std::size_t b) {
      return rules_[a].rule->severity > rules_[b].rule->severity;
    });
    fingerprint_ = wording_impl::content_hash(content.canonical());
    return {};
  }

  std::vector<RuleFinding> check(std::string_view text, const RuleContext& context) const override {
    text = text.substr(0, kLongestText);
    const FoldedText folded = fold_text(text);
    const Sighting sighting(folded, words_, find_words(folded.text()));
    std::vector<RuleFinding> all, of_one;
    std::vector<std::size_t> order;  // of each of `all`, which rule it is of
    for (const std::size_t index : by_severity_) {
      const CompiledRule& rule = rules_[index];
      if (!speaks(*rule.rule, context)) continue;
      // What others say must not silence a rule that forbids sending: it says at least one thing.
      const std::size_t least = rule.rule->severity == Severity::kError ? 1 : 0;
      const std::size_t room =
          std::max(least, std::min(kMostOfOneRule, kMostFindings - std::min(kMostFindings, all.size())));
      if (room == 0) break;
      of_one.clear();
      apply(rule, sighting, text, of_one);
      if (of_one.size() > room) of_one.resize(room);
      order.insert(order.end(), of_one.size(), index);
      std::move(of_one.begin(), of_one.end(), std::back_inserter(all));
    }
    return by_place(std::move(all), order);
  }

  const std::vector<RulePack>& packs() const noexcept override { return packs_; }
  const std::string& fingerprint() const noexcept override { return fingerprint_; }

  const WordingRule* find(std::string_view id) const noexcept override {
    for (const CompiledRule& rule : rules_) {
      if (rule.rule->id == id) return rule.rule;
    }
    return nullptr;
  }

 private:
  static Error too_large() {
    return {ErrorCode::kInvalidArgument, "the rule packs are too large for one automaton", "packs",
            "shorten patterns with large repetitions"};
  }

  static bool speaks(const WordingRule& rule, const RuleContext& context) {
    return contains(rule.languages, wording_impl::primary_language(context.language)) &&
           binds(rule.channels, wording_channels(), context.channel) &&
           binds(rule.purposes, wording_purposes(), context.purpose);
  }

  // By place, then by rule.
  static std::vector<RuleFinding> by_place(std::vector<RuleFinding> all, const std::vector<std::size_t>& rule_of) {
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      if (all[a].range.begin != all[b].range.begin) return all[a].range.begin < all[b].range.begin;
      return rule_of[a] < rule_of[b];
    });
    std::vector<RuleFinding> sorted;
    sorted.reserve(all.size());
    for (const std::size_t index : order) sorted.push_back(std::move(all[index]));
    return sorted;
  }

  Status add(const WordingRule& rule, CompiledRule& compiled) {
    const std::pair<const WordGroup*, std::vector<std::size_t>*> groups[] = {
        {&rule.forbid, &compiled.forbid}, {&rule.require, &compiled.require}, {&rule.mix, &compiled.mix},
        {&rule.except, &compiled.except}, {&rule.unless, &compiled.unless},   {&rule.when, &compiled.when}};
    for (const auto& [group, indices] : groups) {
      for (const std::string& phrase : group->phrases) {
        if (!add_word(wording_impl::phrase_pattern(phrase), *indices)) return too_large();
      }
      for (const std::string& pattern : group->patterns) {
        if (!add_word(fold_pattern(pattern), *indices)) return too_large();
      }
    }
    return {};
  }

  bool add_word(const std::string& pattern, std::vector<std::size_t>& indices) {
    auto word = std::make_unique<RE2>(pattern, make_options(wording_impl::kPatternMemory));
    if (!word->ok() || set_.Add(pattern, nullptr) < 0) return false;
    indices.push_back(words_.size());
    words_.push_back(std::move(word));
    return true;
  }

  std::vector<bool> find_words(const std::string& folded) const {
    std::vector<bool> hit(words_.size(), false);
    if (words_.empty()) return hit;
    std::vector<int> found;
    RE2::Set::ErrorInfo info{};
    if (set_.Match(folded, &found, &info) || info.kind == RE2::Set::kNoError) {
      for (const int word : found) hit[static_cast<std::size_t>(word)] = true;
      return hit;
    }
    // The automaton ran out of memory on this text: slower, word by word.
    for (std::size_t i = 0; i < words_.size(); ++i) hit[i] = RE2::PartialMatch(folded, *words_[i]);
    return hit;
  }

  static void apply(const CompiledRule& compiled, const Sighting& sighting, std::string_view text,
                    std::vector<RuleFinding>& findings) {
    const WordingRule& rule = *compiled.rule;
    if (!compiled.when.empty() && !sighting.places(compiled.when, compiled.except).any()) return;
    if (sighting.any(compiled.unless)) return;
    if (!compiled.require.empty()) {
      if (!sighting.any(compiled.require)) findings.push_back({&rule, {0, text.size()}, {}});
      return;
    }
    if (rule.limits) return apply_limit(compiled, sighting, text, findings);
    if (rule.mixes && !sighting.any(compiled.mix)) return;
    Places found = sighting.places(compiled.forbid, compiled.except);
    Ranges& places = found.ranges;
    if (rule.mixes && found.any()) {
      Places others = sighting.places(compiled.mix, compiled.except);
      if (!others.any()) return;
      found.too_many = found.too_many || others.too_many;
      if (others.ranges.size() < places.size()) places = std::move(others.ranges);  // the rarer side is to change
      places.resize(std::min<std::size_t>(places.size(), 1));
    }
    // Words that were not looked at may be forbidden ones: the text as a whole cannot be passed.
    if (found.too_many) findings.push_back({&rule, {0, text.size()}, {}});
    if (places.size() > kMostOfOneRule) places.resize(kMostOfOneRule);
    for (const ByteRange& place : places) add_finding(rule, place, sighting, text, findings);
  }

  static void apply_limit(const CompiledRule& compiled, const Sighting& sighting, std::string_view text,
                          std::vector<RuleFinding>& findings) {
    const WordingRule& rule = *compiled.rule;
    if (rule.measure == LimitMeasure::kMatches) {
      std::set<std::string_view> seen;
      const Places found = sighting.places(compiled.forbid, compiled.except);
      if (found.too_many) findings.push_back({&rule, {0, text.size()}, {}});
      for (const ByteRange& place : found.ranges) {
        seen.insert(std::string_view(sighting.folded().text()).substr(place.begin, place.end - place.begin));
        if (static_cast<std::int64_t>(seen.size()) <= rule.most) continue;
        return add_finding(rule, place, sighting, text, findings);
      }
      return;
    }
    const ReadingLength length = reading_length(text);
    double count = static_cast<double>(length.characters);
    if (rule.measure == LimitMeasure::kSentence) count = static_cast<double>(length.longest_sentence);
    if (rule.measure == LimitMeasure::kSegments) count = static_cast<double>(sms_length(text).segments);
    if (rule.measure == LimitMeasure::kSeconds) count = length.seconds;
    if (count > static_cast<double>(rule.most)) findings.push_back({&rule, {0, text.size()}, {}});
  }

  static void add_finding(const WordingRule& rule, const ByteRange& place, const Sighting& sighting,
                          std::string_view text, std::vector<RuleFinding>& findings) {
    const ByteRange range = sighting.folded().written(place.begin, place.end);
    findings.push_back({&rule, range, std::string(text.substr(range.begin, range.end - range.begin))});
  }

  std::vector<RulePack> packs_;
  std::vector<CompiledRule> rules_;
  std::vector<std::size_t> by_severity_;  // indices of rules_, errors first
  std::vector<std::unique_ptr<RE2>> words_;
  RE2::Set set_;
  std::string fingerprint_;
};

}  // namespace

std::string_view in_language(const std::map<std::string, std::string, std::less<>>& words,
                             std::string_view language) noexcept {
  auto found = words.find(wording_impl::primary_language(language));
  if (found == words.end()) found = words.find("en");
  return found == words.end() ? std::string_view() : std::string_view(found->second);
}

bool any_error(std::span<const RuleFinding> findings) noexcept {
  return std::any_of(findings.begin(), findings.end(),
                     [](const RuleFinding& finding) { return finding.rule->severity == Severity::kError; });
}

Result<std::shared_ptr<const RuleSet>> RuleSet::compile(std::vector<RulePack> packs) {
  auto set = std::make_shared<CompiledRuleSet>(std::move(packs));
  const Status status = set->compile();
  if (!status) return status.error();
  return std::shared_ptr<const RuleSet>(std::move(set));
}

}  // namespace tactful
