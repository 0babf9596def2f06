#include "calc_input.hpp"
#include "tactful/stats/sample_ratio.hpp"
#include "tactful/stats/single_proportion.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kPractical[] = {{"counts", FieldKind::kCounts},
                                    {"weights", FieldKind::kNumbers},
                                    {"floor", FieldKind::kNonNegative},
                                    {"alpha", FieldKind::kLevel}};
constexpr FieldInfo kCounts[] = {{"counts", FieldKind::kCounts}, {"weights", FieldKind::kNumbers}};
constexpr FieldInfo kBinomial[] = {
    {"x", FieldKind::kCount}, {"n", FieldKind::kPositiveCount}, {"p", FieldKind::kProbability}};
constexpr FieldInfo kSequential[] = {
    {"data", FieldKind::kCountRows}, {"weights", FieldKind::kNumbers}, {"concentration", FieldKind::kPositive, false}};

Result<Json> chi_square(const Input& in) {
  const auto test = sample_ratio_chi_square(in.counts("counts"), in.numbers("weights"));
  if (is_mistake(test)) return test.error();
  Json out = Json::object();
  if (!test) {
    set_null(out, {"chi2", "df", "p"});
    return out;
  }
  return out.set("chi2", number(test->chi_square)).set("df", test->df).set("p", number(test->p));
}

Result<Json> multinomial(const Input& in) {
  const auto test = sample_ratio_exact(in.counts("counts"), in.numbers("weights"));
  if (!test) return test.error();
  Json out = Json::object();
  out.set("p_minlike", number(test->p)).set("p_midp", number(test->mid_p));
  return out.set("p_exact_chi2_ordering", number(test->p_chi_square_order)).set("p_observed", number(test->p_observed));
}

Result<Json> binomial(const Input& in) {
  const auto count = BinomialCount::make(in.count("x"), in.count("n"), "x");
  if (!count) return count.error();
  const auto p = Probability::make(in.number("p"), "p");
  if (!p) return p.error();
  const PValues test = exact_binomial_test(*count, *p);
  Json out = Json::object();
  out.set("p_two_sided_minlike", number(test.two_sided)).set("p_greater", number(test.greater));
  return out.set("p_less", number(test.less));
}

Result<Json> sequential(const Input& in) {
  const double concentration = in.number("concentration", SequentialSampleRatio::kDefaultConcentration);
  auto test = SequentialSampleRatio::make(in.numbers("weights"), concentration);
  if (!test) return test.error();
  Json factors = Json::array();
  Json p_values = Json::array();
  Json posteriors = Json::array();
  const auto looks = in.rows("data");
  if (looks.empty()) return invalid_argument("data", "data is empty, at least one look is needed");
  for (const auto& look : looks) {
    if (auto status = test->add(look); !status) return status.error();
    factors.push_back(number(test->log_bayes_factor()));
    p_values.push_back(number(test->p_value()));
    posteriors.push_back(number(test->posterior_probability()));
  }
  Json out = Json::object();
  out.set("log_bayes_factor", factors).set("p_value", p_values).set("posterior_probability", posteriors);
  return out.set("final_p", number(test->p_value()));
}

Result<Json> practical(const Input& in) {
  const auto result =
      sample_ratio_practical(in.counts("counts"), in.numbers("weights"), in.number("floor"), in.level("alpha"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("p", number(result->test.p)).set("missing_fraction", number(result->missing_fraction));
  return out.set("significant", result->significant).set("practical", result->practical);
}

constexpr Method kMethods[] = {
    {{"srm_chi2", "Do the arms' sizes fit the weights?", kCounts, "chi2 df p", "Pearson 1900; Fabijan et al. 2019"},
     chi_square},
    {{"srm_exact_multinomial", "Do the arms' sizes fit the weights, exactly, for few units?", kCounts,
      "p_minlike p_midp p_exact_chi2_ordering p_observed", "Read & Cressie 1988"},
     multinomial},
    {{"srm_exact_binomial", "Does one arm's size fit its share, exactly?", kBinomial,
      "p_two_sided_minlike p_greater p_less", "Clopper & Pearson 1934"},
     binomial},
    {{"srm_sequential", "Do the arms' sizes fit the weights, looked at any time?", kSequential,
      "log_bayes_factor p_value posterior_probability final_p", "Lindon & Malek 2020, arXiv:2011.03567"},
     sequential},
    {{"srm_practical", "Is a mismatch of the arms' sizes large enough to matter?", kPractical,
      "p missing_fraction significant practical", "Pearson 1900; Fabijan et al. 2019"},
     practical}};

}  // namespace

std::span<const Method> sample_ratio_methods() { return kMethods; }

}  // namespace tactful::stats::calc
