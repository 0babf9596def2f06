#include "calc_input.hpp"
#include "tactful/stats/dunnett.hpp"
#include "tactful/stats/multiplicity.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kFamily[] = {{"p", FieldKind::kNumbers}};
constexpr FieldInfo kDunnett[] = {{"n_control", FieldKind::kPositive, false},
                                  {"n_treat", FieldKind::kNumbers, false},
                                  {"df", FieldKind::kPositiveOrInfinity},
                                  {"alternative", FieldKind::kText},
                                  {"conf", FieldKind::kLevel},
                                  {"t", FieldKind::kNumbers},
                                  {"lambda", FieldKind::kNumbers, false}};
constexpr FieldInfo kDunnettCritical[] = {{"n_control", FieldKind::kPositive},
                                          {"n_treat", FieldKind::kNumbers},
                                          {"df", FieldKind::kPositiveOrInfinity},
                                          {"alternative", FieldKind::kText},
                                          {"conf", FieldKind::kLevel}};

Result<Json> adjust(const Input& in) {
  const auto p = in.numbers("p");
  constexpr std::pair<const char*, Adjustment> kAll[] = {{"bonferroni", Adjustment::kBonferroni},
                                                         {"sidak", Adjustment::kSidak},
                                                         {"holm", Adjustment::kHolm},
                                                         {"holm_sidak", Adjustment::kHolmSidak},
                                                         {"hochberg", Adjustment::kHochberg},
                                                         {"bh", Adjustment::kBenjaminiHochberg},
                                                         {"by", Adjustment::kBenjaminiYekutieli},
                                                         {"hommel", Adjustment::kHommel}};
  Json out = Json::object();
  for (const auto& entry : kAll) {
    const auto adjusted = adjust_p_values(p, entry.second);
    if (!adjusted) return adjusted.error();
    out.set(entry.first, list(*adjusted));
  }
  return out;
}

Result<DunnettFamily> family_of(const Input& in) {
  DunnettFamily family;
  family.df = in.number("df");
  const std::string_view side = in.text("alternative");
  if (side == "two-sided") {
    family.alternative = Alternative::kTwoSided;
  } else if (side == "greater") {
    family.alternative = Alternative::kGreater;
  } else if (side == "less") {
    family.alternative = Alternative::kLess;
  } else {
    return invalid_argument("alternative",
                            "alternative is " + std::string(side) + ", it must be two-sided, greater or less");
  }
  if (in.has("lambda")) {
    family.lambda = in.numbers("lambda");
    return family;
  }
  if (!in.has("n_control") || !in.has("n_treat")) {
    return Error{ErrorCode::kInvalidInput, "either lambda or both n_control and n_treat are needed", "lambda", {}};
  }
  const auto lambda = dunnett_lambdas(in.number("n_control"), in.numbers("n_treat"));
  if (!lambda) return lambda.error();
  family.lambda = *lambda;
  return family;
}

Result<Json> dunnett_critical(const Input& in) {
  const auto family = family_of(in);
  if (!family) return family.error();
  const auto critical = dunnett_critical_value(*family, in.level("conf"));
  if (!critical) return critical.error();
  Json out = Json::object();
  return out.set("critical_value", number(*critical));
}

Result<Json> dunnett(const Input& in) {
  auto out = dunnett_critical(in);
  if (!out) return out.error();
  const auto family = family_of(in);
  const auto p = dunnett_p_values(*family, in.numbers("t"));
  if (!p) return p.error();
  return out->set("p_adjusted", list(*p));
}

constexpr Method kMethods[] = {
    {{"pvalue_adjust", "What is left of several p-values taken together?", kFamily,
      "bonferroni sidak holm holm_sidak hochberg bh by hommel",
      "Holm 1979; Hochberg 1988; Hommel 1988; Benjamini & Hochberg 1995; Benjamini & Yekutieli 2001"},
     adjust},
    {{"dunnett", "Which of several treatments differ from one control?", kDunnett, "critical_value p_adjusted",
      "Dunnett 1955"},
     dunnett},
    {{"dunnett_published", "Critical value for several treatments against one control", kDunnettCritical,
      "critical_value", "Dunnett 1955, 1964"},
     dunnett_critical}};

}  // namespace

std::span<const Method> multiplicity_methods() { return kMethods; }

}  // namespace tactful::stats::calc
