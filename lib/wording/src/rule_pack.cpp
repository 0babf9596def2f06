#include "tactful/wording/rule_pack.hpp"

#include <algorithm>
#include <array>

#include "reader.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"
#include "tactful/wording/wording.hpp"
#include "words.hpp"

namespace tactful {
namespace {

using wording_impl::is_language;
using wording_impl::Members;
using wording_impl::quoted;
using wording_impl::Report;

constexpr std::string_view kSchema = "tactful/rules/1";
constexpr std::array<std::string_view, 3> kSeverities{"note", "warning", "error"};
constexpr std::array<std::string_view, 5> kMeasures{"matches", "characters", "sentence", "segments", "seconds"};
constexpr std::size_t kMostRules = 1000;
constexpr std::size_t kMostWords = 5000;  // in one group

class PackReader {
 public:
  explicit PackReader(Report& report) : report_(&report) {}

  RulePack read(const Json& json) {
    Members file(json, "", {"$schema", "schema", "key", "title", "purposes", "note", "rules"}, *report_);
    RulePack pack;
    (void)file.text("note");
    (void)file.require("key", "a key that names the pack");
    pack.key = file.key("key");
    pack.title = file.text("title", pack.key);
    const std::vector<std::string> purposes = file.choices("purposes", wording_purposes());
    (void)file.require("rules", "a list of rules");
    const Json* rules = file.member("rules", Json::Type::kArray);
    if (rules == nullptr) return pack;
    if (rules->as_array().empty()) report_->error("empty", "/rules", "there is no rule");
    if (rules->as_array().size() > kMostRules) {
      report_->error("range", "/rules", "more than " + std::to_string(kMostRules) + " rules");
      return pack;
    }
    for (std::size_t i = 0; i < rules->as_array().size(); ++i) {
      WordingRule rule = read_rule(rules->as_array()[i], append_pointer("/rules", i));
      const std::string id = pack.key + "/" + rule.id;
      const bool twice =
          std::any_of(pack.rules.begin(), pack.rules.end(), [&](const WordingRule& other) { return other.id == id; });
      if (twice && !rule.id.empty())
        report_->error("duplicate", append_pointer("/rules", i) + "/id", quoted(rule.id) + " is a rule already");
      rule.id = id;
      if (rule.purposes.empty()) rule.purposes = purposes;
      pack.rules.push_back(std::move(rule));
    }
    return pack;
  }

 private:
  WordingRule read_rule(const Json& json, const std::string& pointer) {
    Members member(json, pointer,
                   {"id", "severity", "languages", "channels", "purposes", "forbid", "require", "mix", "limit",
                    "except", "unless", "when", "reason", "suggestion", "source", "note"},
                   *report_);
    WordingRule rule;
    (void)member.require("id", "a key that names the rule");
    rule.id = member.key("id");
    const std::string severity = member.choice("severity", "warning", kSeverities);
    rule.severity =
        static_cast<Severity>(std::find(kSeverities.begin(), kSeverities.end(), severity) - kSeverities.begin());
    rule.languages = member.texts("languages");
    for (const std::string& language : rule.languages) {
      if (!is_language(language) || language.find('-') != std::string::npos) {
        report_->error("language", member.at("languages"), quoted(language) + " is no primary language",
                       "write zh or en");
      }
    }
    rule.channels = member.choices("channels", wording_channels());
    rule.purposes = member.choices("purposes", wording_purposes());
    read_kind(member, rule);
    rule.except = group(member, "except");
    rule.unless = group(member, "unless");
    rule.when = group(member, "when");
    rule.reason = words(member, "reason");
    rule.suggestion = words(member, "suggestion");
    rule.source = member.text("source");
    (void)member.text("note");
    return rule;
  }

  void read_kind(Members& member, WordingRule& rule) {
    rule.forbid = group(member, "forbid");
    rule.require = group(member, "require");
    read_mix(member, rule);
    read_limit(member, rule);
    const bool counts_words = rule.limits && rule.measure == LimitMeasure::kMatches;
    const int kinds = (member.find("require") != nullptr) + rule.mixes + rule.limits +
                      (member.find("forbid") != nullptr && !counts_words);
    if (kinds != 1) {
      report_->error(
          "rule-kind", member.pointer(),
          kinds == 0 ? "the rule forbids, requires, mixes and limits nothing" : "the rule is of more than one kind",
          "write exactly one of forbid, require, mix, limit (limit of matches with forbid)");
    }
    if (counts_words && rule.forbid.empty())
      report_->error("rule-kind", member.pointer(), "a limit of matches needs the words to count in forbid");
  }

  void read_mix(Members& member, WordingRule& rule) {
    const Json* mix = member.member("mix", Json::Type::kArray);
    if (mix == nullptr) return;
    if (mix->as_array().size() != 2) {
      report_->error("range", member.at("mix"), "two groups of words were expected",
                     "[{\"phrases\": [...]}, {\"phrases\": [...]}]");
      return;
    }
    rule.mixes = true;
    rule.forbid = group(mix->as_array()[0], append_pointer(member.at("mix"), 0U));
    rule.mix = group(mix->as_array()[1], append_pointer(member.at("mix"), 1U));
  }

  void read_limit(Members& member, WordingRule& rule) {
    const Json* json = member.member("limit", Json::Type::kObject);
    if (json == nullptr) return;
    rule.limits = true;
    Members limit(*json, member.at("limit"), {"measure", "most"}, *report_);
    (void)limit.require("measure", "one of matches, characters, sentence, segments, seconds");
    (void)limit.require("most", "the largest count that is allowed");
    const std::string measure = limit.choice("measure", "matches", kMeasures);
    rule.measure =
        static_cast<LimitMeasure>(std::find(kMeasures.begin(), kMeasures.end(), measure) - kMeasures.begin());
    rule.most = limit.integer("most", 0, 0, 1'000'000);
  }

  WordGroup group(Members& member, std::string_view name) {
    const Json* json = member.find(name);
    return json == nullptr ? WordGroup{} : group(*json, member.at(name));
  }

  WordGroup group(const Json& json, const std::string& pointer) {
    Members member(json, pointer, {"phrases", "patterns"}, *report_);
    WordGroup group;
    group.phrases = member.texts("phrases");
    group.patterns = member.texts("patterns");
    if (json.is_object() && group.empty())
      report_->error("empty", pointer, "the group has no words", "give phrases or patterns");
    if (group.phrases.size() + group.patterns.size() > kMostWords) {
      report_->error("range", pointer, "more than " + std::to_string(kMostWords) + " phrases and patterns");
      return group;
    }
    for (std::size_t i = 0; i < group.phrases.size(); ++i) {
      if (wording_impl::phrase_pattern(group.phrases[i]).empty()) {
        report_->error("phrase", append_pointer(member.at("phrases"), i),
                       quoted(group.phrases[i]) + " has no visible character");
      } else if (group.phrases[i].size() > wording_impl::kLongestPattern) {
        report_->error("range", append_pointer(member.at("phrases"), i),
                       "the phrase is longer than " + std::to_string(wording_impl::kLongestPattern) + " bytes");
      }
    }
    for (std::size_t i = 0; i < group.patterns.size(); ++i) {
      const std::string fault = wording_impl::pattern_fault(group.patterns[i]);
      if (!fault.empty())
        report_->error("pattern", append_pointer(member.at("patterns"), i), quoted(group.patterns[i]) + " " + fault);
    }
    return group;
  }

  std::map<std::string, std::string, std::less<>> words(Members& member, std::string_view name) {
    std::map<std::string, std::string, std::less<>> words;
    if (!member.require(name, "words for the person who mends the text, {\"en\": ..., \"zh\": ...}")) return words;
    const Json* json = member.member(name, Json::Type::kObject);
    if (json == nullptr) return words;
    Members by_language(*json, member.at(name), *report_);
    (void)by_language.require("en", "English words are the ones that are always there");
    for (const auto& [language, text] : json->as_object()) {
      if (!is_language(language))
        report_->error("language", by_language.at(language), quoted(language) + " is no language tag");
      std::string value = by_language.text(language);
      if (text.is_string() && trim(value).empty())
        report_->error("empty", by_language.at(language), "the text is empty");
      words.emplace(language, std::move(value));
    }
    return words;
  }

  Report* report_;
};

}  // namespace

std::string_view to_string(LimitMeasure measure) noexcept { return kMeasures[static_cast<std::size_t>(measure)]; }

RulePackFile parse_rule_pack(std::string_view text, std::string_view origin) {
  Report report;
  RulePackFile file;
  Json json;
  if (wording_impl::open_file(text, origin, kSchema, json, report)) {
    RulePack pack = PackReader(report).read(json);
    if (report.errors() == 0) file.pack = std::move(pack);
  }
  file.diagnostics = std::move(report).take();
  return file;
}

}  // namespace tactful
