#include "calc_input.hpp"
#include "tactful/stats/exact.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kTable[] = {{"x_c", FieldKind::kCount},
                                {"n_c", FieldKind::kPositiveCount},
                                {"x_t", FieldKind::kCount},
                                {"n_t", FieldKind::kPositiveCount}};

Result<Json> fisher(const Input& in) {
  const auto pair = in.pair();
  if (!pair) return pair.error();
  const FisherTest test = fisher_exact(*pair);
  Json out = Json::object();
  out.set("p_greater", number(test.p_greater)).set("p_less", number(test.p_less));
  out.set("p_two_sided_minlike", number(test.p_two_sided));
  out.set("p_two_sided_minlike_rel1e7", number(test.p_two_sided_rel1e7));
  out.set("p_two_sided_doubled", number(test.p_two_sided_doubled)).set("p_point", number(test.p_point));
  out.set("midp_greater", number(test.midp_greater)).set("midp_less", number(test.midp_less));
  out.set("midp_two_sided_minlike", number(test.midp_two_sided));
  return out.set("midp_two_sided_doubled", number(test.midp_two_sided_doubled));
}

Result<Json> barnard(const Input& in) {
  const auto pair = in.pair();
  if (!pair) return pair.error();
  const auto test = barnard_exact(*pair);
  if (!test) return test.error();
  Json out = Json::object();
  out.set("z", test->z_defined ? number(test->z) : Json()).set("p_two_sided", number(test->p.two_sided));
  return out.set("p_greater", number(test->p.greater)).set("p_less", number(test->p.less));
}

Result<Json> boschloo(const Input& in) {
  const auto pair = in.pair();
  if (!pair) return pair.error();
  const auto test = boschloo_exact(*pair);
  if (!test) return test.error();
  Json out = Json::object();
  out.set("stat_greater", number(test->statistic_greater)).set("stat_less", number(test->statistic_less));
  out.set("p_greater", number(test->p.greater)).set("p_less", number(test->p.less));
  return out.set("p_two_sided", number(test->p.two_sided));
}

constexpr Method kMethods[] = {
    {{"fisher_exact", "Do two proportions differ, exactly, given both margins?", kTable,
      "p_greater p_less p_two_sided_minlike p_two_sided_minlike_rel1e7 p_two_sided_doubled p_point midp_greater "
      "midp_less midp_two_sided_minlike midp_two_sided_doubled",
      "Fisher 1935; Lancaster 1961 (mid-p)"},
     fisher},
    {{"barnard_exact", "Do two proportions differ, exactly, without fixing the outcome?", kTable,
      "z p_two_sided p_greater p_less", "Barnard 1947; Suissa & Shuster 1985"},
     barnard},
    {{"boschloo_exact", "As Fisher's test, but uniformly more powerful", kTable,
      "stat_greater stat_less p_greater p_less p_two_sided", "Boschloo 1970"},
     boschloo}};

}  // namespace

std::span<const Method> exact_methods() { return kMethods; }

}  // namespace tactful::stats::calc
