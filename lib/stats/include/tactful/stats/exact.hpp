#pragma once

#include "tactful/stats/binomial_count.hpp"
#include "tactful/stats/test_result.hpp"

/// Exact tests on two by two tables. Thread-safety: pure functions.
namespace tactful::stats {

/// Fisher's exact test: conditional on both margins, treatment successes are hypergeometric.
struct FisherTest {
  double p_greater = 1.0;            ///< P(K >= observed).
  double p_less = 1.0;               ///< P(K <= observed).
  double p_two_sided = 1.0;          ///< Tables no more likely than the observed one, exact ties included (minlike).
  double p_two_sided_rel1e7 = 1.0;   ///< The same with R's tolerance: likelihood within a factor 1 + 1e-7 is a tie.
  double p_two_sided_doubled = 1.0;  ///< min(1, twice the smaller one-sided); another number.
  double p_point = 1.0;              ///< P(K = observed).
  double midp_greater = 1.0;
  double midp_less = 1.0;
  double midp_two_sided = 1.0;  ///< Less likely tables, and half of the equally likely ones.
  double midp_two_sided_doubled = 1.0;
};

/// Own summation in log space, since library hypergeometrics go wrong past 2^32: counts up to 5e9 keep about 1e-9
/// relative accuracy. Cost: grows with the standard deviation of the table, milliseconds at a billion units.
[[nodiscard]] FisherTest fisher_exact(const ProportionPair& arms);

/// Barnard's unconditional test, ordered by pooled z (0 where undefined), ties decided in integers, p the supremum over
/// the common proportion.
struct BarnardTest {
  double z = 0.0;  ///< Pooled z; 0 where it is undefined.
  bool z_defined = true;
  PValues p;
};

/// Most units of both arms together that the unconditional tests accept.
inline constexpr std::int64_t kMaxUnconditionalUnits = 20'000;

/// Errors: kInvalidArgument past kMaxUnconditionalUnits (use fisher_exact or score_test_difference there).
/// Accuracy 1e-8 relative. Cost: O(n_c + n_t) per evaluation of the supremum after an O(n_c + n_t) region search;
/// a few milliseconds at several hundred per arm.
[[nodiscard]] Result<BarnardTest> barnard_exact(const ProportionPair& arms);

/// Boschloo's unconditional test: ordered by Fisher's one-sided p, hence never less powerful than Fisher.
struct BoschlooTest {
  double statistic_greater = 1.0;  ///< Fisher's p, greater.
  double statistic_less = 1.0;
  PValues p;  ///< two_sided = min(1, 2 min(greater, less)).
};

/// Errors and cost: as barnard_exact.
[[nodiscard]] Result<BoschlooTest> boschloo_exact(const ProportionPair& arms);

}  // namespace tactful::stats
