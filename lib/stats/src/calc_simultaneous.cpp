#include "calc_input.hpp"
#include "tactful/stats/simultaneous.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kIntervals[] = {{"estimate", FieldKind::kNumbers},    {"se", FieldKind::kNumbers},
                                    {"se_control", FieldKind::kPositive}, {"df", FieldKind::kPositiveOrInfinity},
                                    {"alternative", FieldKind::kText},    {"conf", FieldKind::kLevel}};

Json intervals_of(const SimultaneousIntervals& result) {
  Json all = Json::array();
  for (const Interval& interval : result.intervals) all.push_back(list(interval));
  return all;
}

Result<Json> intervals(const Input& in) {
  const auto estimate = in.numbers("estimate");
  const auto se = in.numbers("se");
  if (estimate.size() != se.size()) return invalid_argument("se", "estimate and se must have one value per comparison");
  DunnettFamily family;
  family.df = in.number("df");
  const std::string_view side = in.text("alternative");
  if (side != "two-sided" && side != "greater" && side != "less") {
    return invalid_argument("alternative",
                            "alternative is " + std::string(side) + ", it must be two-sided, greater or less");
  }
  family.alternative = side == "two-sided" ? Alternative::kTwoSided
                       : side == "greater" ? Alternative::kGreater
                                           : Alternative::kLess;
  std::vector<Comparison> comparisons;
  for (std::size_t i = 0; i < se.size(); ++i) {
    comparisons.push_back({estimate[i], se[i]});
    if (!(se[i] > in.number("se_control"))) {
      return out_of_range("se", se[i], "above se_control, which is a part of it");
    }
    family.lambda.push_back(in.number("se_control") / se[i]);
  }
  const auto dunnett = dunnett_intervals(comparisons, family, in.level("conf"));
  if (!dunnett) return dunnett.error();
  const auto holm = holm_intervals(comparisons, family.df, family.alternative, in.level("conf"));
  if (!holm) return holm.error();
  Json beyond = Json::array();
  for (const bool flag : holm->rejected_without_interval) beyond.push_back(flag);
  Json out = Json::object();
  out.set("critical_dunnett", number(dunnett->critical)).set("ci_dunnett", intervals_of(*dunnett));
  out.set("p_dunnett", list(dunnett->p_adjusted)).set("critical_bonferroni", number(holm->bonferroni.critical));
  out.set("ci_bonferroni", intervals_of(holm->bonferroni)).set("p_holm", list(holm->bonferroni.p_adjusted));
  return out.set("holm_without_interval", beyond);
}

constexpr Method kMethods[] = {
    {{"simultaneous_intervals", "How large are several treatments' effects against one control, all at once?",
      kIntervals,
      "critical_dunnett ci_dunnett p_dunnett critical_bonferroni ci_bonferroni p_holm holm_without_interval",
      "Dunnett 1955; Holm 1979; Strassburger & Bretz 2008"},
     intervals}};

}  // namespace

std::span<const Method> simultaneous_methods() { return kMethods; }

}  // namespace tactful::stats::calc
