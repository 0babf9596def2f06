#include "calc_input.hpp"
#include "tactful/stats/confidence_sequence.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kNormal[] = {{"v", FieldKind::kNonNegative},   {"s", FieldKind::kNumber},
                                 {"alpha", FieldKind::kLevel},     {"v_opt", FieldKind::kPositive},
                                 {"alpha_opt", FieldKind::kLevel}, {"one_sided", FieldKind::kFlag}};
constexpr FieldInfo kBeta[] = {{"v", FieldKind::kNonNegative},   {"s", FieldKind::kNumber},
                               {"alpha", FieldKind::kLevel},     {"v_opt", FieldKind::kPositive},
                               {"g", FieldKind::kPositive},      {"h", FieldKind::kPositive},
                               {"alpha_opt", FieldKind::kLevel}, {"one_sided", FieldKind::kFlag}};
constexpr FieldInfo kBernoulli[] = {{"x", FieldKind::kCount},
                                    {"n", FieldKind::kPositiveCount},
                                    {"alpha", FieldKind::kLevel},
                                    {"n_opt", FieldKind::kPositive},
                                    {"alpha_opt", FieldKind::kLevel}};
constexpr FieldInfo kPoly[] = {{"v", FieldKind::kNonNegative}, {"v_min", FieldKind::kPositive},
                               {"c", FieldKind::kNonNegative}, {"s", FieldKind::kNumber},
                               {"eta", FieldKind::kNumber},    {"alpha", FieldKind::kLevel}};

Result<Json> output(const Result<MixtureBound>& bound, const char* parameter) {
  if (!bound) return bound.error();
  Json out = Json::object();
  out.set(parameter, number(bound->parameter)).set("bound", number(bound->bound));
  return out.set("log_mixture", number(bound->log_mixture));
}

Result<Json> normal(const Input& in) {
  return output(normal_mixture(in.number("v"), in.number("s"), in.level("alpha"),
                               {in.number("v_opt"), in.level("alpha_opt")}, in.flag("one_sided")),
                "rho");
}

Result<Json> beta(const Input& in) {
  return output(beta_binomial_mixture(in.number("v"), in.number("s"), in.level("alpha"),
                                      {in.number("v_opt"), in.level("alpha_opt")}, in.number("g"), in.number("h"),
                                      in.flag("one_sided")),
                "r");
}

Result<Json> bernoulli(const Input& in) {
  const auto interval =
      bernoulli_sequence(in.number("x"), in.number("n"), in.level("alpha"), in.number("n_opt"), in.level("alpha_opt"));
  if (!interval) return interval.error();
  Json out = Json::object();
  return out.set("lower", number(interval->low())).set("upper", number(interval->high()));
}

Result<Json> poly(const Input& in) {
  const auto bound = poly_stitching_bound(in.number("v"), in.number("v_min"), in.number("c"), in.number("s"),
                                          in.number("eta"), in.level("alpha"));
  if (!bound) return bound.error();
  Json out = Json::object();
  return out.set("bound", number(*bound));
}

constexpr const char* kSource = "Howard, Ramdas, McAuliffe & Sekhon 2021";

constexpr Method kMethods[] = {
    {{"howard_normal_mixture", "How far may a sub-Gaussian sum go, at any time?", kNormal, "rho bound log_mixture",
      kSource},
     normal},
    {{"howard_beta_binomial", "How far may a bounded sum go, at any time?", kBeta, "r bound log_mixture", kSource},
     beta},
    {{"bernoulli_confseq", "How large is one proportion, looked at any time?", kBernoulli, "lower upper", kSource},
     bernoulli},
    {{"poly_stitching", "A closed-form bound at any time", kPoly, "bound", kSource}, poly}};

}  // namespace

std::span<const Method> confidence_sequence_methods() { return kMethods; }

}  // namespace tactful::stats::calc
