#include <array>

#include "calc_input.hpp"
#include "tactful/stats/clustered.hpp"
#include "tactful/stats/interaction.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kInteraction[] = {{"x_c", FieldKind::kCounts, false},
                                      {"x_t", FieldKind::kCounts, false},
                                      {"mean_c", FieldKind::kNumbers, false},
                                      {"sd_c", FieldKind::kNumbers, false},
                                      {"mean_t", FieldKind::kNumbers, false},
                                      {"sd_t", FieldKind::kNumbers, false},
                                      {"n_c", FieldKind::kCounts},
                                      {"n_t", FieldKind::kCounts},
                                      {"conf", FieldKind::kLevel}};
constexpr FieldInfo kQuantile[] = {
    {"y_c", FieldKind::kNumbers},       {"cluster_c", FieldKind::kIntegers},
    {"y_t", FieldKind::kNumbers},       {"cluster_t", FieldKind::kIntegers},
    {"q", FieldKind::kLevel},           {"conf", FieldKind::kLevel},
    {"seed", FieldKind::kCount, false}, {"replicates", FieldKind::kPositiveCount, false}};
constexpr FieldInfo kRatio[] = {{"num", FieldKind::kNumbers},
                                {"den", FieldKind::kNumbers, false},
                                {"treat", FieldKind::kCounts},
                                {"cluster", FieldKind::kIntegers},
                                {"conf", FieldKind::kLevel}};

// One arm's two cells, [segment 0, segment 1].
Result<std::array<ArmMean, 2>> cells(const Input& in, const std::string& arm) {
  const auto n = in.counts("n_" + arm);
  if (n.size() != 2) return invalid_argument("n_" + arm, "n_" + arm + " must have two values, segment 0 and segment 1");
  std::array<ArmMean, 2> result;
  if (in.has("x_" + arm)) {
    const auto x = in.counts("x_" + arm);
    if (x.size() != 2) return invalid_argument("x_" + arm, "x_" + arm + " must have two values");
    for (std::size_t i = 0; i < 2; ++i) {
      const auto count = BinomialCount::make(x[i], n[i], "x_" + arm);
      if (!count) return count.error();
      result[i] = {count->rate(), count->rate() * count->failure_rate() / real(n[i]), real(n[i])};
    }
    return result;
  }
  const auto mean = in.numbers("mean_" + arm);
  const auto sd = in.numbers("sd_" + arm);
  if (mean.size() != 2 || sd.size() != 2) {
    return Error{ErrorCode::kInvalidInput,
                 "either x_" + arm + " or both mean_" + arm + " and sd_" + arm + " are needed, with two values each",
                 "x_" + arm,
                 {}};
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const auto moments = Moments::from_summary(n[i], mean[i], sd[i]);
    if (!moments) return moments.error();
    result[i] = {mean[i], sd[i] * sd[i] / real(n[i]), real(n[i])};
  }
  return result;
}

Result<Json> interaction(const Input& in) {
  const auto control = cells(in, "c");
  if (!control) return control.error();
  const auto treatment = cells(in, "t");
  if (!treatment) return treatment.error();
  const auto result =
      interaction_test({(*control)[0], (*treatment)[0]}, {(*control)[1], (*treatment)[1]}, in.level("conf"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("effect_0", number(result->effect_without)).set("effect_1", number(result->effect_with));
  out.set("diff", number(result->test.estimate)).set("se", number(result->test.se)).set("z", number(result->test.z));
  return out.set("p_two_sided", number(result->test.p.two_sided)).set("ci", list(result->interval));
}

Result<std::vector<ClusteredValue>> clustered(const Input& in, const std::string& arm) {
  const auto y = in.numbers("y_" + arm);
  const auto cluster = in.labels("cluster_" + arm);
  if (y.size() != cluster.size()) {
    return invalid_argument("cluster_" + arm, "y_" + arm + " and cluster_" + arm + " differ in length");
  }
  std::vector<ClusteredValue> rows;
  for (std::size_t i = 0; i < y.size(); ++i) rows.push_back({y[i], cluster[i]});
  return rows;
}

Result<Json> quantile(const Input& in) {
  const auto control = clustered(in, "c");
  if (!control) return control.error();
  const auto treatment = clustered(in, "t");
  if (!treatment) return treatment.error();
  BootstrapPlan plan;
  plan.seed = static_cast<std::uint64_t>(in.count("seed", 1));
  plan.replicates = in.count("replicates", plan.replicates);
  const auto result = clustered_quantile_difference(*control, *treatment, in.level("q"), in.level("conf"), plan);
  if (!result) return result.error();
  Json out = Json::object();
  out.set("control", number(result->control)).set("treatment", number(result->treatment));
  out.set("diff", number(result->difference)).set("se", number(result->se)).set("ci", list(result->interval));
  return out.set("n_clusters", result->clusters_control + result->clusters_treatment);
}

Result<Json> ratio(const Input& in) {
  const auto numerator = in.numbers("num");
  const auto denominator = in.has("den") ? in.numbers("den") : std::vector<double>(numerator.size(), 1.0);
  const auto treat = in.counts("treat");
  const auto cluster = in.labels("cluster");
  if (denominator.size() != numerator.size()) return invalid_argument("den", "num and den differ in length");
  if (treat.size() != numerator.size()) return invalid_argument("treat", "num and treat differ in length");
  if (cluster.size() != numerator.size()) return invalid_argument("cluster", "num and cluster differ in length");
  std::vector<ClusteredRatio> rows;
  for (std::size_t i = 0; i < numerator.size(); ++i) {
    if (treat[i] > 1) return out_of_range("treat", real(treat[i]), "0 or 1");
    rows.push_back({numerator[i], denominator[i], treat[i] == 1, cluster[i]});
  }
  const auto sums = cluster_sums(rows);
  if (!sums) return sums.error();
  const auto test = ratio_metric_test(sums->control, sums->treatment, in.level("conf"));
  if (!test) return test.error();
  Json out = Json::object();
  out.set("ratio_c", number(test->control.ratio)).set("ratio_t", number(test->treatment.ratio));
  out.set("diff", number(test->difference)).set("se", number(test->se)).set("z", number(test->z));
  out.set("p_two_sided", number(test->p_two_sided)).set("ci", list(test->interval));
  out.set("lift", number(test->lift)).set("se_lift", number(test->se_lift)).set("ci_lift", list(test->lift_interval));
  return out.set("n_clusters", sums->control.count() + sums->treatment.count());
}

constexpr Method kMethods[] = {
    {{"interaction_diff", "Does the effect differ between the two levels of a segment?", kInteraction,
      "effect_0 effect_1 diff se z p_two_sided ci", "Altman & Bland 2003"},
     interaction},
    {{"quantile_diff_clustered", "Do quantiles differ, when clusters were randomised?", kQuantile,
      "control treatment diff se ci n_clusters", "Davison & Hinkley 1997, section 3.8; Hyndman & Fan 1996"},
     quantile},
    {{"cluster_ratio_metric", "Do ratios of two sums, or means per unit, differ, when clusters were randomised?",
      kRatio, "ratio_c ratio_t diff se z p_two_sided ci lift se_lift ci_lift n_clusters",
      "Deng, Knoblich & Lu 2018; Liang & Zeger 1986"},
     ratio}};

}  // namespace

std::span<const Method> segment_methods() { return kMethods; }

}  // namespace tactful::stats::calc
