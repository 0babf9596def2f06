#include "calc_input.hpp"
#include "tactful/stats/odds_ratio.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kTableConf[] = {{"x_c", FieldKind::kCount},
                                    {"n_c", FieldKind::kPositiveCount},
                                    {"x_t", FieldKind::kCount},
                                    {"n_t", FieldKind::kPositiveCount},
                                    {"conf", FieldKind::kLevel}};

Result<Json> odds_ratio_ci(const Input& in) {
  const auto pair = in.pair();
  if (!pair) return pair.error();
  const Level conf = in.level("conf");
  const auto interval = [&](OddsRatioInterval method) {
    const auto result = odds_ratio_interval(*pair, conf, method);
    return result ? list(*result) : Json();
  };
  const auto ratio = odds_ratio(*pair);
  Json out = Json::object();
  out.set("odds_ratio", ratio ? number(*ratio) : Json());
  out.set("woolf", interval(OddsRatioInterval::kWoolf)).set("score", interval(OddsRatioInterval::kScore));
  return out.set("exact", interval(OddsRatioInterval::kConditionalExact));
}

constexpr Method kMethods[] = {{{"prop_odds_ratio_ci", "How large is the odds ratio of two proportions?", kTableConf,
                                 "odds_ratio woolf score exact", "Woolf 1955; Cornfield 1956; Gart & Thomas 1972"},
                                odds_ratio_ci}};

}  // namespace

std::span<const Method> odds_ratio_methods() { return kMethods; }

}  // namespace tactful::stats::calc
