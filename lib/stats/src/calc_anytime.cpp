#include "calc_input.hpp"
#include "calc_spending.hpp"
#include "tactful/stats/anytime.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kAsymptotic[] = {{"estimate", FieldKind::kNumber}, {"se", FieldKind::kPositive},
                                     {"n", FieldKind::kPositive},      {"alpha", FieldKind::kLevel},
                                     {"n_opt", FieldKind::kPositive},  {"null", FieldKind::kNumber, false}};
constexpr FieldInfo kStream[] = {{"n", FieldKind::kNumbers},
                                 {"estimate", FieldKind::kNumbers},
                                 {"se", FieldKind::kNumbers},
                                 {"alpha", FieldKind::kLevel},
                                 {"n_opt", FieldKind::kPositive}};
constexpr FieldInfo kMixture[] = {{"estimate", FieldKind::kNumber},
                                  {"null", FieldKind::kNumber, false},
                                  {"se", FieldKind::kPositive},
                                  {"tau2", FieldKind::kPositive},
                                  {"alpha", FieldKind::kLevel}};
constexpr FieldInfo kSafe[] = {{"n_a", FieldKind::kCounts},    {"n_b", FieldKind::kCounts},
                               {"y_a", FieldKind::kCounts},    {"y_b", FieldKind::kCounts},
                               {"prior", FieldKind::kNumbers}, {"alpha", FieldKind::kLevel}};
constexpr FieldInfo kSafeNull[] = {{"n_a", FieldKind::kCounts},    {"n_b", FieldKind::kCounts},
                                   {"y_a", FieldKind::kCounts},    {"y_b", FieldKind::kCounts},
                                   {"prior", FieldKind::kNumbers}, {"null_diff", FieldKind::kNumber}};
constexpr FieldInfo kEvents[] = {{"counts", FieldKind::kCounts},
                                 {"allocation", FieldKind::kNumbers},
                                 {"concentration", FieldKind::kPositive},
                                 {"alpha", FieldKind::kLevel}};
constexpr FieldInfo kHarm[] = {{"alpha", FieldKind::kLevel},
                               {"spending", FieldKind::kText},
                               {"null_rate_ratio", FieldKind::kPositive},
                               {"alternative", FieldKind::kText},
                               {"looks", FieldKind::kLooks}};
constexpr FieldInfo kHarmEvidence[] = {
    {"alpha", FieldKind::kLevel}, {"null_rate_ratio", FieldKind::kPositive}, {"looks", FieldKind::kLooks}};

Result<Json> asymptotic(const Input& in) {
  const auto result = asymptotic_sequence(in.number("estimate"), in.number("se"), in.number("n"), in.level("alpha"),
                                          in.number("n_opt"), in.number("null"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("rho", number(result->rho)).set("halfwidth", number(result->half_width)).set("ci", list(result->interval));
  out.set("log_e", number(result->log_e)).set("p_value", number(result->p_value));
  out.set("rho_one_sided", number(result->rho_one_sided));
  out.set("halfwidth_one_sided", number(result->half_width_one_sided));
  out.set("lower_one_sided", number(result->lower_one_sided)).set("upper_one_sided", number(result->upper_one_sided));
  out.set("rho_exact", number(result->rho_exact));
  return out.set("halfwidth_rho_exact", number(result->half_width_rho_exact));
}

Result<Json> stream(const Input& in) {
  const auto n = in.numbers("n");
  const auto estimate = in.numbers("estimate");
  const auto se = in.numbers("se");
  if (n.size() != estimate.size() || n.size() != se.size()) {
    return invalid_argument("n", "n, estimate and se must have one value per snapshot");
  }
  std::vector<Snapshot> snapshots;
  for (std::size_t i = 0; i < n.size(); ++i) snapshots.push_back({n[i], estimate[i], se[i]});
  const auto result = asymptotic_stream(snapshots, in.level("alpha"), in.number("n_opt"));
  if (!result) return result.error();
  Json low = Json::array();
  Json high = Json::array();
  Json running_low = Json::array();
  Json running_high = Json::array();
  Json p = Json::array();
  for (const SnapshotState& state : result->states) {
    low.push_back(number(state.low));
    high.push_back(number(state.high));
    running_low.push_back(number(state.running_low));
    running_high.push_back(number(state.running_high));
    p.push_back(number(state.running_p));
  }
  Json out = Json::object();
  out.set("ci_lower", low).set("ci_upper", high).set("running_lower", running_low).set("running_upper", running_high);
  return out.set("running_p", p).set("first_rejection_snapshot", result->first_rejection);
}

Result<Json> mixture(const Input& in) {
  const auto test =
      mixture_sprt(in.number("estimate"), in.number("se"), in.number("tau2"), in.level("alpha"), in.number("null"));
  if (!test) return test.error();
  Json out = Json::object();
  out.set("log_e", number(test->log_e)).set("p_value", number(test->p_value));
  return out.set("halfwidth", number(test->half_width)).set("ci", list(test->interval));
}

Result<SafeTest> run_safe(const Input& in, Level alpha) {
  const auto n_a = in.counts("n_a");
  const auto n_b = in.counts("n_b");
  const auto y_a = in.counts("y_a");
  const auto y_b = in.counts("y_b");
  if (n_a.size() != n_b.size() || n_a.size() != y_a.size() || n_a.size() != y_b.size()) {
    return invalid_argument("n_a", "n_a, n_b, y_a and y_b must have one value per block");
  }
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < n_a.size(); ++i) blocks.push_back({n_a[i], n_b[i], y_a[i], y_b[i]});
  const auto prior = in.numbers("prior");
  if (prior.size() != 4) {
    return invalid_argument("prior", "prior must have 4 numbers: success and failure of a, success and failure of b");
  }
  return safe_two_proportions(blocks, {prior[0], prior[1], prior[2], prior[3]}, alpha, in.number("null_diff"));
}

Result<Json> safe(const Input& in) {
  const auto test = run_safe(in, in.level("alpha"));
  if (!test) return test.error();
  Json out = Json::object();
  out.set("log_e", list(test->log_e)).set("log_e_final", number(test->log_e.back()));
  out.set("max_log_e", number(test->max_log_e)).set("anytime_p", number(test->anytime_p));
  return out.set("first_rejection_block", test->first_rejection);
}

Result<Json> safe_null(const Input& in) {
  const auto test = run_safe(in, Level::make(0.05).value());  // the level does not enter the evidence
  if (!test) return test.error();
  Json out = Json::object();
  return out.set("log_e", list(test->log_e)).set("log_e_final", number(test->log_e.back()));
}

Result<Json> events(const Input& in) {
  const auto result = conditional_event_evidence(in.counts("counts"), in.numbers("allocation"),
                                                 in.number("concentration"), in.level("alpha"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("log_bayes_factor", number(result->log_bayes_factor)).set("p_value", number(result->p_value));
  if (result->log_rate_ratio_interval) {
    out.set("log_rate_ratio_ci", list(result->log_rate_ratio_interval));
    out.set("log_rate_ratio", number(result->log_rate_ratio));
  }
  return out;
}

Result<Json> harm(const Input& in) {
  const auto plan = harm_plan_of(in);
  if (!plan) return plan.error();
  const auto monitor = exact_harm_monitor(*plan, in.looks("looks"));
  if (!monitor) return monitor.error();
  Json bounds = Json::array();
  Json spent = Json::array();
  for (const HarmBound& look : monitor->looks) {
    bounds.push_back(look.bound ? Json(*look.bound) : Json());
    spent.push_back(number(look.spent));
  }
  Json out = Json::object();
  out.set("bounds", bounds).set("spent", spent);
  out.set("stopped_at", monitor->stopped_at ? Json(*monitor->stopped_at) : Json());
  if (plan->alternative == Alternative::kGreater) {
    const auto& more = monitor->looks.back().more_until_bound;
    out.set("more_until_bound", more ? Json(*more) : Json());
  }
  return out;
}

Result<Json> harm_evidence(const Input& in) {
  const auto evidence = harm_eprocess(in.level("alpha"), in.number("null_rate_ratio"), in.looks("looks"));
  if (!evidence) return evidence.error();
  Json out = Json::object();
  out.set("log_e", list(evidence->log_e)).set("anytime_p", number(evidence->anytime_p));
  return out.set("first_rejection_look", evidence->first_rejection ? Json(*evidence->first_rejection) : Json());
}

constexpr Method kMethods[] = {
    {{"asymptotic_cs", "What is the effect, looked at any time?", kAsymptotic,
      "rho halfwidth ci log_e p_value rho_one_sided halfwidth_one_sided lower_one_sided upper_one_sided rho_exact "
      "halfwidth_rho_exact",
      "Waudby-Smith et al., arXiv:2103.06476"},
     asymptotic},
    {{"asymptotic_cs_stream", "What is the effect over a row of looks?", kStream,
      "ci_lower ci_upper running_lower running_upper running_p first_rejection_snapshot",
      "Waudby-Smith et al., arXiv:2103.06476"},
     stream},
    {{"msprt_normal", "Is there an effect, looked at any time?", kMixture, "log_e p_value halfwidth ci",
      "Robbins 1970; Johari et al. 2017"},
     mixture},
    {{"safe_two_proportion", "Do two proportions differ, block by block?", kSafe,
      "log_e log_e_final max_log_e anytime_p first_rejection_block", "Turner, Ly & Grunwald, arXiv:2106.02693"},
     safe},
    {{"safe_two_proportion_null_diff", "Is a difference of proportions excluded, block by block?", kSafeNull,
      "log_e log_e_final", "Turner & Grunwald 2023"},
     safe_null},
    {{"conditional_event_eprocess", "Do event rates differ, from events alone?", kEvents,
      "log_bayes_factor p_value log_rate_ratio_ci log_rate_ratio", "Lindon & Malek, arXiv:2011.03567"},
     events},
    {{"exact_harm_monitor", "When do rare events stop a wording, at planned looks?", kHarm,
      "bounds spent stopped_at more_until_bound", "Jennison & Turnbull 2000, ch. 12; Kulldorff et al. 2011"},
     harm},
    {{"harm_eprocess", "Do rare events stop a wording, at any look?", kHarmEvidence,
      "log_e anytime_p first_rejection_look", "Ville 1939; Grunwald, de Heide & Koolen 2024"},
     harm_evidence}};

}  // namespace

std::span<const Method> anytime_methods() { return kMethods; }

}  // namespace tactful::stats::calc
