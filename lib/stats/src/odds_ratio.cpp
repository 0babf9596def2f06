#include "tactful/stats/odds_ratio.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "roots.hpp"
#include "support.hpp"

namespace tactful::stats {
namespace {

// The table's cells: treatment and control, with (x) and without (f) the event.
struct Cells {
  double x_t, f_t, x_c, f_c;
};

Cells cells_of(const ProportionPair& arms) {
  return {real(arms.treatment.successes()), real(arms.treatment.failures()), real(arms.control.successes()),
          real(arms.control.failures())};
}

// The odds ratio of the table after `d` events went from treatment to control, margins kept.
double shifted_ratio(const Cells& t, double d) { return (t.x_t - d) / (t.f_t + d) * ((t.f_c - d) / (t.x_c + d)); }

// The d > 0 with d^2 (1/(x_t-d) + 1/(f_t+d) + 1/(x_c+d) + 1/(f_c-d)) = z^2: every term grows with d, so there is one.
// Multiplied by the distance to the end, the equation stays finite there.
double score_shift(const Cells& t, double z) {
  const double end = std::min(t.x_t, t.f_c);
  const auto equation = [&](double d) {
    if (d <= 0.0) return -end * z * z;
    double value = -(end - d) * z * z;
    for (const double base : {t.x_t, t.f_c}) value += base == end ? d * d : (end - d) * d * d / (base - d);
    for (const double base : {t.f_t, t.x_c}) value += (end - d) * d * d / (base + d);
    return value;
  };
  return find_root(equation, 0.0, end, 1e-300);
}

Interval score_interval(const Cells& t, double z) {
  const double low = std::min(t.x_t, t.f_c) == 0.0 ? 0.0 : shifted_ratio(t, score_shift(t, z));
  const Cells mirrored{t.f_t, t.x_t, t.f_c, t.x_c};
  const double high =
      std::min(t.f_t, t.x_c) == 0.0 ? kInfinity : 1.0 / shifted_ratio(mirrored, score_shift(mirrored, z));
  return ordered(low, high);
}

// P(K >= x_t) (or <= with mirrored cells) under the noncentral hypergeometric at log odds ratio `log_ratio`, as the sum
// of terms relative to the one observed. Neighbouring ratios fall outwards, so a small falling term ends a sum.
double exact_tail(const Cells& t, double log_ratio) {
  constexpr double kHuge = 1e250;
  const double ratio = std::exp(log_ratio);
  double upper = 1.0;
  double term = 1.0;
  for (double k = 0.0; k < std::min(t.f_t, t.x_c); ++k) {
    const double step = ratio * ((t.f_t - k) / (t.x_t + k + 1.0)) * ((t.x_c - k) / (t.f_c + k + 1.0));
    term *= step;
    upper += term;
    if (upper > kHuge) return 1.0;
    if (step < 1.0 && term < 1e-17 * upper) break;
  }
  double lower = 0.0;
  term = 1.0;
  for (double k = 0.0; k < std::min(t.x_t, t.f_c); ++k) {
    const double step = (t.x_t - k) / (t.f_t + k + 1.0) * ((t.f_c - k) / (t.x_c + k + 1.0)) / ratio;
    term *= step;
    lower += term;
    if (lower > kHuge) return 0.0;
    if (step < 1.0 && term < 1e-17 * lower) break;
  }
  return upper / (upper + lower);
}

// The log odds ratio at which P(K >= x_t) equals `tail`; increasing in it.
double exact_bound(const Cells& t, double tail) {
  const auto missing = [&](double log_ratio) {
    return std::log(tail) - std::log(std::max(exact_tail(t, log_ratio), 1e-300));
  };
  const double start = std::log((t.x_t + 0.5) / (t.f_t + 0.5) * ((t.f_c + 0.5) / (t.x_c + 0.5)));
  const double se = std::sqrt(1.0 / (t.x_t + 0.5) + 1.0 / (t.f_t + 0.5) + 1.0 / (t.x_c + 0.5) + 1.0 / (t.f_c + 0.5));
  return find_decreasing_root(missing, start, se, 1e-14);
}

Interval exact_interval(const Cells& t, double tail) {
  const double low = std::min(t.x_t, t.f_c) == 0.0 ? 0.0 : std::exp(exact_bound(t, tail));
  const Cells mirrored{t.f_t, t.x_t, t.f_c, t.x_c};
  const double high = std::min(t.f_t, t.x_c) == 0.0 ? kInfinity : std::exp(-exact_bound(mirrored, tail));
  return ordered(low, high);
}

}  // namespace

Result<double> odds_ratio(const ProportionPair& arms) {
  const Cells t = cells_of(arms);
  const bool above = t.x_t > 0.0 && t.f_c > 0.0;
  const bool below = t.f_t > 0.0 && t.x_c > 0.0;
  if (!above && !below) return insufficient("odds_ratio", "the odds ratio is 0/0: a margin of the table is empty");
  if (!below) return kInfinity;
  return t.x_t / t.f_t * (t.f_c / t.x_c);
}

Result<Interval> odds_ratio_interval(const ProportionPair& arms, Level confidence, OddsRatioInterval method) {
  const Cells t = cells_of(arms);
  if (t.x_t + t.x_c == 0.0 || t.f_t + t.f_c == 0.0) {
    return insufficient("odds_ratio_interval", "all units or none have the event, no odds ratio is excluded");
  }
  switch (method) {
    case OddsRatioInterval::kScore:
      return score_interval(t, z_of(confidence));
    case OddsRatioInterval::kWoolf: {
      if (std::min({t.x_t, t.f_t, t.x_c, t.f_c}) == 0.0) {
        return insufficient("odds_ratio_interval", "a cell is 0, the logarithm of the odds ratio has no variance",
                            "use the score interval");
      }
      const double middle = std::log(t.x_t / t.f_t * (t.f_c / t.x_c));
      const double half = z_of(confidence) * std::sqrt(1.0 / t.x_t + 1.0 / t.f_t + 1.0 / t.x_c + 1.0 / t.f_c);
      return ordered(std::exp(middle - half), std::exp(middle + half));
    }
    case OddsRatioInterval::kConditionalExact:
      break;
  }
  if (arms.control.trials() > kMaxExactOddsUnits - std::min(arms.treatment.trials(), kMaxExactOddsUnits)) {
    return out_of_range("n_c + n_t", real(arms.control.trials()) + real(arms.treatment.trials()),
                        "at most 1,000,000,000 for the exact interval");
  }
  return exact_interval(t, tail_of(confidence));
}

}  // namespace tactful::stats
