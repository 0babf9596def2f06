#include "calc_input.hpp"
#include "tactful/stats/bayes.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kTwo[] = {{"x_c", FieldKind::kCount}, {"n_c", FieldKind::kCount},     {"x_t", FieldKind::kCount},
                              {"n_t", FieldKind::kCount}, {"prior", FieldKind::kNumbers}, {"conf", FieldKind::kLevel}};
constexpr FieldInfo kMany[] = {{"x", FieldKind::kCounts}, {"n", FieldKind::kCounts}, {"prior", FieldKind::kNumbers}};
constexpr FieldInfo kNormal[] = {{"estimate", FieldKind::kNumber},
                                 {"se", FieldKind::kPositive},
                                 {"prior_mean", FieldKind::kNumber, false},
                                 {"prior_sd", FieldKind::kPositive, false},
                                 {"conf", FieldKind::kLevel}};

// Posterior of a rate; a prior alone (n = 0) is allowed.
Result<BetaShape> posterior(std::int64_t x, std::int64_t n, double a, double b, std::string_view name) {
  if (x > n) return out_of_range(name, static_cast<double>(x), "at most its n");
  for (const double shape : {a, b}) {
    if (!(shape > 0.0)) return out_of_range("prior", shape, "above 0");
  }
  return BetaShape{a + static_cast<double>(x), b + static_cast<double>(n - x)};
}

Result<Json> two_arms(const Input& in) {
  const auto prior = in.numbers("prior");
  if (prior.size() != 4) {
    return invalid_argument("prior", "prior must have 4 numbers: a and b of control, a and b of treatment");
  }
  const auto control = posterior(in.count("x_c"), in.count("n_c"), prior[0], prior[1], "x_c");
  if (!control) return control.error();
  const auto treatment = posterior(in.count("x_t"), in.count("n_t"), prior[2], prior[3], "x_t");
  if (!treatment) return treatment.error();
  const auto result = compare_beta(*control, *treatment, in.level("conf"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("prob_t_better", number(result->p_treatment_better)).set("prob_c_better", number(result->p_control_better));
  out.set("expected_loss_choose_t", number(result->loss_treatment));
  out.set("expected_loss_choose_c", number(result->loss_control));
  out.set("mean_diff", number(result->mean_difference)).set("ci_diff", list(result->difference_interval));
  out.set("ci_relative", list(result->relative_interval));
  return out.set("median_relative", number(result->relative_median));
}

Result<Json> many_arms(const Input& in) {
  const auto x = in.counts("x");
  const auto n = in.counts("n");
  const auto prior = in.numbers("prior");
  if (x.size() != n.size()) return invalid_argument("x", "x and n must have one value per arm");
  if (prior.size() != 2) return invalid_argument("prior", "prior must have 2 numbers, a and b");
  std::vector<BetaShape> shapes;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto shape = posterior(x[i], n[i], prior[0], prior[1], "x");
    if (!shape) return shape.error();
    shapes.push_back(*shape);
  }
  const auto arms = best_arm(shapes);
  if (!arms) return arms.error();
  Json best = Json::array();
  Json loss = Json::array();
  Json mean = Json::array();
  for (const BestArm& arm : *arms) {
    best.push_back(number(arm.p_best));
    loss.push_back(number(arm.expected_loss));
    mean.push_back(number(arm.mean));
  }
  Json out = Json::object();
  return out.set("prob_best", best).set("expected_loss", loss).set("mean", mean);
}

Result<Json> normal(const Input& in) {
  std::optional<double> prior_sd;
  if (in.has("prior_sd")) prior_sd = in.number("prior_sd");
  const auto result =
      normal_posterior(in.number("estimate"), in.number("se"), in.number("prior_mean"), prior_sd, in.level("conf"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("posterior_mean", number(result->mean)).set("posterior_sd", number(result->sd));
  out.set("prob_positive", number(result->p_positive));
  out.set("expected_loss_choose_t", number(result->loss_treatment));
  out.set("expected_loss_choose_c", number(result->loss_control));
  return out.set("ci", list(result->interval));
}

constexpr Method kMethods[] = {
    {{"bayes_beta_binomial", "How probable is it that treatment's rate is higher, and what is at stake?", kTwo,
      "prob_t_better prob_c_better expected_loss_choose_t expected_loss_choose_c mean_diff ci_diff ci_relative "
      "median_relative",
      "Gelman et al. 2013, ch. 3; Stucchio 2015"},
     two_arms},
    {{"bayes_multiarm_best", "Which of several arms is best?", kMany, "prob_best expected_loss mean",
      "Scott 2010; Stucchio 2015"},
     many_arms},
    {{"bayes_normal", "How probable is a positive effect?", kNormal,
      "posterior_mean posterior_sd prob_positive expected_loss_choose_t expected_loss_choose_c ci",
      "Gelman et al. 2013, ch. 2"},
     normal}};

}  // namespace

std::span<const Method> bayes_methods() { return kMethods; }

}  // namespace tactful::stats::calc
