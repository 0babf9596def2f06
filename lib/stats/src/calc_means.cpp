#include <algorithm>
#include <cmath>

#include "calc_input.hpp"
#include "tactful/stats/cluster.hpp"
#include "tactful/stats/means.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kWelch[] = {{"mean_c", FieldKind::kNumber},     {"sd_c", FieldKind::kNonNegative},
                                {"n_c", FieldKind::kPositiveCount}, {"mean_t", FieldKind::kNumber},
                                {"sd_t", FieldKind::kNonNegative},  {"n_t", FieldKind::kPositiveCount},
                                {"conf", FieldKind::kLevel},        {"null_diff", FieldKind::kNumber, false}};
constexpr std::span<const FieldInfo> kLift(kWelch, 7);
constexpr FieldInfo kValues[] = {{"values", FieldKind::kNumbers}};
constexpr FieldInfo kCluster[] = {{"y", FieldKind::kNumbers},
                                  {"treat", FieldKind::kCounts},
                                  {"cluster", FieldKind::kIntegers},
                                  {"conf", FieldKind::kLevel}};

struct Arms {
  Moments control;
  Moments treatment;
};

// Both arms divided by their largest number: lifts do not depend on the unit, and squares then neither overflow nor
// underflow.
Result<Arms> arms_of(const Input& in) {
  double unit = 0.0;
  for (const char* name : {"mean_c", "sd_c", "mean_t", "sd_t"}) unit = std::max(unit, std::abs(in.number(name)));
  if (unit == 0.0) unit = 1.0;
  const auto control = Moments::from_summary(in.count("n_c"), in.number("mean_c") / unit, in.number("sd_c") / unit);
  if (!control) return control.error();
  const auto treatment = Moments::from_summary(in.count("n_t"), in.number("mean_t") / unit, in.number("sd_t") / unit);
  if (!treatment) return treatment.error();
  return Arms{*control, *treatment};
}

Result<Json> welch(const Input& in) {
  // The standard errors come straight from the standard deviations, so that subnormal scales survive the squaring.
  const double n_c = in.number("n_c");
  const double n_t = in.number("n_t");
  const double scale = std::max(in.number("sd_c"), in.number("sd_t"));
  Json out = Json::object();
  const double difference = in.number("mean_t") - in.number("mean_c");
  out.set("diff", number(difference));
  const double unit = scale > 0.0 ? scale : 1.0;
  const auto arm = [&](const char* sd, double n) {
    const double relative = in.number(sd) / unit;
    return ArmMean{0.0, relative * relative / n, n};
  };
  ArmMean treatment = arm("sd_t", n_t);
  treatment.mean = difference / unit;
  const auto test = welch_test(arm("sd_c", n_c), treatment, in.level("conf"), in.number("null_diff") / unit);
  if (is_mistake(test)) return test.error();
  if (!test) {
    set_null(out, {"se", "t", "df", "p_two_sided", "p_greater", "p_less", "ci", "lower_one_sided", "upper_one_sided"});
    return out;
  }
  Json interval = Json::array();
  interval.push_back(number(test->interval.low() * unit)).push_back(number(test->interval.high() * unit));
  out.set("se", number(test->se * unit)).set("t", number(test->t)).set("df", number(test->df));
  out.set("p_two_sided", number(test->p.two_sided)).set("p_greater", number(test->p.greater));
  out.set("p_less", number(test->p.less)).set("ci", interval);
  out.set("lower_one_sided", number(test->lower_one_sided * unit));
  return out.set("upper_one_sided", number(test->upper_one_sided * unit));
}

Result<Json> mean_variance(const Input& in) {
  const auto values = in.numbers("values");
  if (values.empty()) return invalid_argument("values", "values is empty");
  const Moments moments = Moments::of(values);
  const bool has_variance = moments.count() > 1;
  Json out = Json::object();
  out.set("n", moments.count()).set("mean", number(moments.mean()));
  out.set("variance", has_variance ? number(moments.variance()) : Json());
  return out.set("sd", has_variance ? number(moments.sd()) : Json());
}

Json fieller_json(const FiellerSet& set) {
  const char* type = set.shape == FiellerSet::Shape::kBounded      ? "bounded"
                     : set.shape == FiellerSet::Shape::kComplement ? "complement"
                                                                   : "whole_line";
  Json out = Json::object();
  return out.set("type", type).set("lower", number(set.low)).set("upper", number(set.high));
}

Result<Json> lift(const Input& in) {
  const auto arms = arms_of(in);
  if (!arms) return arms.error();
  const Level conf = in.level("conf");
  const auto result = relative_lift(arms->control, arms->treatment, conf);
  const auto set = fieller_set(arms->control, arms->treatment, conf);
  if (is_mistake(result)) return result.error();
  Json out = Json::object();
  if (result) {
    out.set("lift", number(result->lift)).set("se_delta", number(result->se)).set("ci_delta", list(result->interval));
    out.set("z_delta", number(result->z)).set("p_delta", number(result->p_two_sided));
    out.set("lift_abs_denominator", number(result->lift_absolute_denominator));
    out.set("ci_log", list(result->log_interval));
  } else {
    set_null(out, {"lift", "se_delta", "ci_delta", "z_delta", "p_delta", "lift_abs_denominator", "ci_log"});
  }
  out.set("fieller", set ? fieller_json(*set) : Json());
  return out.set("fieller_g", set ? number(set->g) : Json());
}

Result<Json> cluster(const Input& in) {
  const auto y = in.numbers("y");
  const auto treat = in.counts("treat");
  const auto labels = in.labels("cluster");
  if (y.size() != treat.size() || y.size() != labels.size()) {
    return invalid_argument("y", "y, treat and cluster must have one value per unit");
  }
  std::vector<ClusterRow> rows;
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (treat[i] > 1) return out_of_range("treat", static_cast<double>(treat[i]), "0 or 1");
    rows.push_back({y[i], treat[i] == 1, labels[i]});
  }
  const auto test = cluster_test(rows, in.level("conf"));
  if (!test) return test.error();
  const auto cr2 = cluster_cr2(rows);
  Json out = Json::object();
  out.set("diff", number(test->difference)).set("n_clusters", test->clusters);
  out.set("se_cr0", number(test->se_cr0)).set("se_cr1", number(test->se_cr1));
  out.set("se_cr1_stata", number(test->se_cr1_stata)).set("t", number(test->t)).set("df", number(test->df));
  out.set("p_two_sided_t", number(test->p.two_sided)).set("p_two_sided_z", number(test->p_two_sided_normal));
  out.set("ci_t", list(test->interval));
  return out.set("se_cr2", cr2 ? number(cr2->se) : Json()).set("df_cr2", cr2 ? number(cr2->df) : Json());
}

constexpr Method kMethods[] = {
    {{"welch_t", "Do two means differ?", kWelch,
      "diff se t df p_two_sided p_greater p_less ci lower_one_sided upper_one_sided", "Welch 1947"},
     welch},
    {{"mean_variance_raw", "Mean and variance of a list of values", kValues, "n mean variance sd",
      "Welford 1962; NIST StRD"},
     mean_variance},
    {{"relative_lift", "By how much, relatively, do two means differ?", kLift,
      "lift se_delta ci_delta z_delta p_delta lift_abs_denominator ci_log fieller fieller_g", "Fieller 1954"},
     lift},
    {{"cluster_robust_diff", "Do means differ when clusters were randomised?", kCluster,
      "diff n_clusters se_cr0 se_cr1 se_cr1_stata t df p_two_sided_t p_two_sided_z ci_t se_cr2 df_cr2",
      "Liang & Zeger 1986; Bell & McCaffrey 2002"},
     cluster}};

}  // namespace

std::span<const Method> mean_methods() { return kMethods; }

}  // namespace tactful::stats::calc
