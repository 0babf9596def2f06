// The rule pack, compiled, on the text that is the second part of the input.
#include "fuzz_target.hpp"
#include "tactful/wording/rule_set.hpp"

TACTFUL_FUZZ_TARGET(rules) {
  using namespace tactful;
  const auto [pack_text, text] = fuzz::split(input);
  RulePackFile file = parse_rule_pack(pack_text);
  fuzz::require(file.pack.has_value() != has_errors(file.diagnostics), "a pack or an error");
  (void)describe(file.diagnostics, "rules.json");
  if (!file.pack) return;
  std::vector<RulePack> packs;
  packs.push_back(std::move(*file.pack));
  const auto rules = RuleSet::compile(std::move(packs));
  if (!rules) return;
  fuzz::require((*rules)->fingerprint().size() == 32, "a fingerprint");
  for (const std::string_view words : {text, std::string_view("立即还款 pay now, or else! {name}")}) {
    for (const std::string_view language : {"zh", "en"}) {
      const auto findings = (*rules)->check(words, {language, "sms", "collection"});
      fuzz::require(findings.size() <= 1'000, "at most 1,000 findings");
      for (const RuleFinding& finding : findings) {
        fuzz::require(
            finding.rule != nullptr && finding.range.begin <= finding.range.end && finding.range.end <= words.size(),
            "a finding lies in the text");
      }
    }
  }
}
