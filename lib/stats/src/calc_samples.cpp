#include "calc_input.hpp"
#include "tactful/stats/paired_moments.hpp"
#include "tactful/stats/quantiles.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kCuped[] = {{"x_c", FieldKind::kNumbers},
                                {"y_c", FieldKind::kNumbers},
                                {"x_t", FieldKind::kNumbers},
                                {"y_t", FieldKind::kNumbers},
                                {"conf", FieldKind::kLevel}};
constexpr FieldInfo kRatio[] = {{"num_c", FieldKind::kNumbers},
                                {"den_c", FieldKind::kNumbers},
                                {"num_t", FieldKind::kNumbers},
                                {"den_t", FieldKind::kNumbers},
                                {"conf", FieldKind::kLevel}};
constexpr FieldInfo kQuantile[] = {
    {"y_c", FieldKind::kNumbers}, {"y_t", FieldKind::kNumbers}, {"q", FieldKind::kLevel}, {"conf", FieldKind::kLevel}};
constexpr FieldInfo kWinsor[] = {{"y_c", FieldKind::kNumbers},
                                 {"y_t", FieldKind::kNumbers},
                                 {"upper_pct", FieldKind::kProbability},
                                 {"lower_pct", FieldKind::kProbability, false},
                                 {"conf", FieldKind::kLevel}};
constexpr FieldInfo kYuen[] = {{"y_c", FieldKind::kNumbers},
                               {"y_t", FieldKind::kNumbers},
                               {"trim", FieldKind::kNonNegative},
                               {"conf", FieldKind::kLevel}};

struct PairedArms {
  PairedMoments control;
  PairedMoments treatment;
};

Result<PairedArms> paired(const Input& in, const char* x_c, const char* y_c, const char* x_t, const char* y_t) {
  const auto control_x = in.numbers(x_c);
  const auto control_y = in.numbers(y_c);
  const auto treatment_x = in.numbers(x_t);
  const auto treatment_y = in.numbers(y_t);
  if (control_x.size() != control_y.size())
    return invalid_argument(x_c, std::string(x_c) + " and its partner differ in length");
  if (treatment_x.size() != treatment_y.size()) {
    return invalid_argument(x_t, std::string(x_t) + " and its partner differ in length");
  }
  return PairedArms{PairedMoments::of(control_x, control_y), PairedMoments::of(treatment_x, treatment_y)};
}

Json adjusted(const Result<CupedTest>& test) {
  if (!test) return nullptr;
  Json out = Json::object();
  out.set("theta", number(test->theta)).set("diff", number(test->test.difference)).set("se", number(test->test.se));
  out.set("t", number(test->test.t)).set("df", number(test->test.df));
  out.set("p_two_sided", number(test->test.p.two_sided)).set("ci", list(test->test.interval));
  return out.set("variance_ratio", number(test->variance_ratio));
}

Result<Json> cuped(const Input& in) {
  const auto arms = paired(in, "x_c", "y_c", "x_t", "y_t");
  if (!arms) return arms.error();
  const Level conf = in.level("conf");
  const auto plain = [](const PairedMoments& arm) {
    const double n = static_cast<double>(arm.count());
    return ArmMean{arm.mean_y(), n > 1.0 ? arm.ss_y() / (n - 1.0) / n : 0.0, n};
  };
  const auto unadjusted = welch_test(plain(arms->control), plain(arms->treatment), conf);
  if (!unadjusted) return unadjusted.error();
  Json base = Json::object();
  base.set("diff", number(unadjusted->difference)).set("se", number(unadjusted->se));
  base.set("p_two_sided", number(unadjusted->p.two_sided)).set("ci", list(unadjusted->interval));
  Json out = Json::object();
  out.set("unadjusted", base);
  out.set("pooled", adjusted(cuped_test(arms->control, arms->treatment, conf, CupedSlope::kPooled)));
  return out.set("within", adjusted(cuped_test(arms->control, arms->treatment, conf, CupedSlope::kWithin)));
}

Result<Json> ratio(const Input& in) {
  const auto arms = paired(in, "den_c", "num_c", "den_t", "num_t");
  if (!arms) return arms.error();
  const auto test = ratio_metric_test(arms->control, arms->treatment, in.level("conf"));
  if (!test) return test.error();
  Json out = Json::object();
  out.set("ratio_c", number(test->control.ratio)).set("var_c", number(test->control.variance));
  out.set("ratio_t", number(test->treatment.ratio)).set("var_t", number(test->treatment.variance));
  out.set("diff", number(test->difference)).set("se", number(test->se)).set("z", number(test->z));
  out.set("p_two_sided", number(test->p_two_sided)).set("ci", list(test->interval));
  out.set("lift", number(test->lift)).set("se_lift", number(test->se_lift));
  return out.set("ci_lift", list(test->lift_interval));
}

Json quantile_json(const QuantileEstimate& estimate) {
  Json out = Json::object();
  out.set("q7", number(estimate.type7)).set("q1", number(estimate.type1));
  out.set("order_lo", estimate.order_low).set("order_hi", estimate.order_high).set("ci", list(estimate.interval));
  return out.set("coverage", number(estimate.coverage)).set("se_woodruff", number(estimate.se_woodruff));
}

Result<Json> quantile(const Input& in) {
  const auto result = quantile_difference(in.numbers("y_c"), in.numbers("y_t"), in.level("q"), in.level("conf"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("control", quantile_json(result->control)).set("treatment", quantile_json(result->treatment));
  out.set("diff", number(result->difference)).set("se_woodruff", number(result->se_woodruff));
  out.set("ci_woodruff", list(result->interval_woodruff)).set("ci_mover", list(result->interval_mover));
  if (result->price_bonett) {
    Json part = Json::object();
    part.set("diff", number(result->price_bonett->difference)).set("se", number(result->price_bonett->se));
    out.set("price_bonett", part.set("ci", list(result->price_bonett->interval)));
  }
  return out;
}

// t, df, p and interval of a Welch-type test, or nulls.
void set_test(Json& out, const std::optional<WelchTest>& test) {
  if (!test) {
    set_null(out, {"t", "df", "p_two_sided", "ci"});
    return;
  }
  out.set("t", number(test->t)).set("df", number(test->df)).set("p_two_sided", number(test->p.two_sided));
  out.set("ci", list(test->interval));
}

Result<Json> winsor(const Input& in) {
  const auto result = winsorized_test(in.numbers("y_c"), in.numbers("y_t"), in.number("upper_pct"),
                                      in.number("lower_pct"), in.level("conf"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("cap_upper", number(result->cap_upper)).set("cap_lower", number(result->cap_lower));
  out.set("mean_c", number(result->control.mean())).set("mean_t", number(result->treatment.mean()));
  const auto variance = [](const Moments& arm) { return arm.count() > 1 ? number(arm.variance()) : Json(); };
  out.set("var_c", variance(result->control)).set("var_t", variance(result->treatment));
  out.set("diff", number(result->treatment.mean() - result->control.mean()));
  const bool has_se = result->control.count() > 1 && result->treatment.count() > 1;
  out.set("se", !has_se ? Json() : result->test ? number(result->test->se) : Json(0.0));
  set_test(out, result->test);
  return out;
}

Result<Json> yuen(const Input& in) {
  const auto result = yuen_test(in.numbers("y_c"), in.numbers("y_t"), in.number("trim"), in.level("conf"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("trimmed_mean_c", number(result->trimmed_mean_control));
  out.set("trimmed_mean_t", number(result->trimmed_mean_treatment));
  out.set("winsor_mean_c", number(result->winsorized_control.mean()));
  out.set("winsor_mean_t", number(result->winsorized_treatment.mean()));
  out.set("winsor_var_c", number(result->winsorized_control.variance()));
  out.set("winsor_var_t", number(result->winsorized_treatment.variance()));
  out.set("diff", number(result->difference)).set("se", number(result->se));
  set_test(out, result->test);
  return out;
}

constexpr Method kMethods[] = {
    {{"cuped", "Do means differ, with a covariate from before?", kCuped, "unadjusted pooled within",
      "Deng, Xu, Kohavi & Walker 2013"},
     cuped},
    {{"ratio_metric_delta", "Do ratios of two sums differ?", kRatio,
      "ratio_c var_c ratio_t var_t diff se z p_two_sided ci lift se_lift ci_lift", "Deng, Knoblich & Lu 2018"},
     ratio},
    {{"quantile_diff", "Do quantiles differ?", kQuantile,
      "control treatment diff se_woodruff ci_woodruff ci_mover price_bonett",
      "Hyndman & Fan 1996; Woodruff 1952; Price & Bonett 2002"},
     quantile},
    {{"winsor_cap_mean", "Do means differ once extremes are capped?", kWinsor,
      "cap_upper cap_lower mean_c mean_t var_c var_t diff se t df p_two_sided ci", "Kohavi, Tang & Xu 2020, ch. 22"},
     winsor},
    {{"trimmed_mean_yuen", "Do trimmed means differ?", kYuen,
      "trimmed_mean_c trimmed_mean_t winsor_mean_c winsor_mean_t winsor_var_c winsor_var_t diff se t df p_two_sided ci",
      "Yuen 1974"},
     yuen}};

}  // namespace

std::span<const Method> sample_methods() { return kMethods; }

}  // namespace tactful::stats::calc
