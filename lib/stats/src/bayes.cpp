#include "tactful/stats/bayes.hpp"

#include <algorithm>
#include <cmath>

#include "quadrature.hpp"
#include "roots.hpp"
#include "special.hpp"
#include "support.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

// A Beta distribution on the scale of log odds y, where its density is smooth, log-concave and has its mode at
// ln(a/b), for every shape.
class LogOddsBeta {
 public:
  explicit LogOddsBeta(const BetaShape& shape)
      : a_(shape.a), b_(shape.b), log_norm_(-special::log_beta(shape.a, shape.b)) {
    mode_ = std::log(a_ / b_);
    scale_ = std::sqrt(1.0 / a_ + 1.0 / b_);
    low_ = edge(-1.0);
    high_ = edge(1.0);
  }

  [[nodiscard]] double density(double y) const {
    return std::exp(log_norm_ - a_ * std::log1p(std::exp(-y)) - b_ * std::log1p(std::exp(y)));
  }
  // P(Y <= y) and P(Y > y), each from the smaller argument.
  [[nodiscard]] double lower(double y) const {
    return y <= 0.0 ? special::beta_lower(a_, b_, expit(y)) : special::beta_upper(b_, a_, expit(-y));
  }
  [[nodiscard]] double upper(double y) const {
    return y <= 0.0 ? special::beta_upper(a_, b_, expit(y)) : special::beta_lower(b_, a_, expit(-y));
  }
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }
  [[nodiscard]] double mean() const { return a_ / (a_ + b_); }
  [[nodiscard]] double sd() const { return std::sqrt(mean() * (b_ / (a_ + b_)) / (a_ + b_ + 1.0)); }

  // Points between which the density is smooth, tight around the mode and wide in the exponential tails.
  [[nodiscard]] std::vector<double> breaks() const {
    std::vector<double> points{low_, high_};
    for (const double k : {-7.0, -5.0, -3.5, -2.0, -1.0, 0.0, 1.0, 2.0, 3.5, 5.0, 7.0}) {
      const double y = mode_ + k * scale_;
      if (y > low_ && y < high_) points.push_back(y);
    }
    const double step_low = std::max(2.0 * scale_, 4.0 / a_);
    const double step_high = std::max(2.0 * scale_, 4.0 / b_);
    for (double y = mode_ - 7.0 * scale_; y > low_; y -= step_low) points.push_back(y);
    for (double y = mode_ + 7.0 * scale_; y < high_; y += step_high) points.push_back(y);
    std::sort(points.begin(), points.end());
    return points;
  }

  static double expit(double y) { return 1.0 / (1.0 + std::exp(-y)); }

 private:
  // Where the density has fallen by e^-44 from its mode.
  [[nodiscard]] double edge(double sign) const {
    const auto log_density = [&](double y) { return -a_ * std::log1p(std::exp(-y)) - b_ * std::log1p(std::exp(y)); };
    const double floor = log_density(mode_) - 44.0;
    double step = scale_;
    while (log_density(mode_ + sign * step) > floor && step < 700.0) step *= 1.5;
    return std::clamp(mode_ + sign * step, -700.0, 700.0);
  }

  double a_;
  double b_;
  double log_norm_;
  double mode_ = 0.0;
  double scale_ = 1.0;
  double low_ = 0.0;
  double high_ = 0.0;
};

template <typename F>
double integrate_between(const std::vector<double>& breaks, const F& f) {
  double sum = 0.0;
  for (std::size_t i = 0; i + 1 < breaks.size(); ++i) {
    if (breaks[i + 1] > breaks[i]) sum += integrate(f, breaks[i], breaks[i + 1], 1);
  }
  return sum;
}

std::vector<double> united(std::vector<double> a, const std::vector<double>& b) {
  a.insert(a.end(), b.begin(), b.end());
  std::sort(a.begin(), a.end());
  return a;
}

// Nodes and weights of a quadrature that suits several distributions at once, with each one's values there: the
// incomplete beta is what costs, so it is evaluated once per node.
struct Table {
  std::vector<double> weight;
  std::vector<double> slope;  // dx / dy
  std::vector<std::vector<double>> density;
  std::vector<std::vector<double>> lower;
  std::vector<std::vector<double>> upper;

  template <typename F>
  [[nodiscard]] double sum(const F& f) const {
    double total = 0.0;
    for (std::size_t i = 0; i < weight.size(); ++i) total += weight[i] * f(i);
    return total;
  }
};

Table tabulate(const std::vector<LogOddsBeta>& arms) {
  std::vector<double> breaks;
  for (const LogOddsBeta& arm : arms) breaks = united(std::move(breaks), arm.breaks());
  Table table;
  const std::size_t size = arms.size();
  table.density.resize(size);
  table.lower.resize(size);
  table.upper.resize(size);
  const GaussRule& rule = gauss_rule();
  for (std::size_t i = 0; i + 1 < breaks.size(); ++i) {
    const double half = 0.5 * (breaks[i + 1] - breaks[i]);
    if (!(half > 0.0)) continue;
    for (std::size_t k = 0; k < kGaussNodes; ++k) {
      const double y = breaks[i] + half * (1.0 + rule.node[k]);
      table.weight.push_back(half * rule.weight[k]);
      table.slope.push_back(LogOddsBeta::expit(y) * LogOddsBeta::expit(-y));
      for (std::size_t arm = 0; arm < size; ++arm) {
        table.density[arm].push_back(arms[arm].density(y));
        table.lower[arm].push_back(arms[arm].lower(y));
        table.upper[arm].push_back(arms[arm].upper(y));
      }
    }
  }
  return table;
}

double log_odds(double x) { return std::log(x) - std::log1p(-x); }

// P(map(p_c) >= p_t), map increasing in control's rate: integral over control of treatment's distribution at map. The
// panels are also cut where map meets treatment's own scale.
template <typename Map, typename Inverse>
double probability_below(const LogOddsBeta& control, const LogOddsBeta& treatment, const std::vector<double>& c_breaks,
                         const std::vector<double>& t_breaks, const Map& map, const Inverse& inverse) {
  std::vector<double> breaks = c_breaks;
  for (const double y : t_breaks) {
    const double x = inverse(LogOddsBeta::expit(y));
    if (!(x > 0.0 && x < 1.0)) continue;
    const double at = log_odds(x);
    if (at > control.low() && at < control.high()) breaks.push_back(at);
  }
  std::sort(breaks.begin(), breaks.end());
  return integrate_between(breaks, [&](double y) {
    const double x = map(LogOddsBeta::expit(y));
    if (x <= 0.0) return 0.0;
    if (x >= 1.0) return control.density(y);
    return control.density(y) * treatment.lower(log_odds(x));
  });
}

bool is_shape(const BetaShape& shape) {
  return shape.a > 0.0 && shape.b > 0.0 && std::isfinite(shape.a) && std::isfinite(shape.b);
}

Error bad_shape(const BetaShape& shape) {
  return out_of_range("shape", shape.a > 0.0 && std::isfinite(shape.a) ? shape.b : shape.a, "positive and finite");
}

}  // namespace

Result<BetaComparison> compare_beta(const BetaShape& control, const BetaShape& treatment, Level confidence) {
  if (!is_shape(control)) return bad_shape(control);
  if (!is_shape(treatment)) return bad_shape(treatment);
  const LogOddsBeta c(control);
  const LogOddsBeta t(treatment);
  const std::vector<double> c_breaks = c.breaks();
  const std::vector<double> t_breaks = t.breaks();
  const Table table = tabulate({c, t});
  constexpr std::size_t kControl = 0;
  constexpr std::size_t kTreatment = 1;
  BetaComparison result;
  const auto better = [&](std::size_t a, std::size_t b) {  // P(p_a > p_b)
    return std::min(1.0, table.sum([&](std::size_t i) { return table.density[a][i] * table.lower[b][i]; }));
  };
  const auto loss = [&](std::size_t a, std::size_t b) {  // E max(p_b - p_a, 0)
    return table.sum([&](std::size_t i) { return table.lower[a][i] * table.upper[b][i] * table.slope[i]; });
  };
  result.p_treatment_better = better(kTreatment, kControl);
  result.p_control_better = better(kControl, kTreatment);
  result.loss_treatment = loss(kTreatment, kControl);
  result.loss_control = loss(kControl, kTreatment);
  result.mean_difference = t.mean() - c.mean();

  const double sd = std::hypot(c.sd(), t.sd());
  const auto difference_at = [&](double level) {
    const auto f = [&](double d) {
      if (d <= -1.0) return level;
      if (d >= 1.0) return level - 1.0;
      return level - probability_below(
                         c, t, c_breaks, t_breaks, [d](double x) { return x + d; }, [d](double x) { return x - d; });
    };
    return find_decreasing_root(f, result.mean_difference + normal_quantile(level) * sd, 0.25 * sd, 1e-11 * sd);
  };
  const double tail = tail_of(confidence);
  result.difference_interval = ordered(difference_at(tail), difference_at(1.0 - tail));

  const double log_sd = std::sqrt(1.0 / (control.a + 0.5) + 1.0 / (treatment.a + 0.5));
  const auto ratio_at = [&](double level) {
    const auto f = [&](double log_ratio) {
      const double ratio = std::exp(log_ratio);
      return level - probability_below(
                         c, t, c_breaks, t_breaks, [ratio](double x) { return x * ratio; },
                         [ratio](double x) { return x / ratio; });
    };
    const double start = std::log(t.mean() / c.mean()) + normal_quantile(level) * std::min(2.0, log_sd) * 0.5;
    return std::expm1(find_decreasing_root(f, start, 0.25 * std::min(1.0, log_sd), 1e-12));
  };
  result.relative_interval = ordered(ratio_at(tail), ratio_at(1.0 - tail));
  result.relative_median = ratio_at(0.5);
  return result;
}

Result<std::vector<BestArm>> best_arm(std::span<const BetaShape> posteriors) {
  if (posteriors.size() < 2) return invalid_argument("arms", "at least two arms are needed");
  std::vector<LogOddsBeta> arms;
  for (const BetaShape& shape : posteriors) {
    if (!is_shape(shape)) return bad_shape(shape);
    arms.emplace_back(shape);
  }
  const Table table = tabulate(arms);
  std::vector<BestArm> result;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    // ln of the product of the others' distribution functions, from their upper tails.
    const auto log_others_below = [&](std::size_t node) {
      double sum = 0.0;
      for (std::size_t j = 0; j < arms.size(); ++j) {
        if (j != i) sum += std::log1p(-std::min(1.0, table.upper[j][node]));
      }
      return sum;
    };
    BestArm arm;
    arm.mean = arms[i].mean();
    arm.p_best = std::min(
        1.0, table.sum([&](std::size_t node) { return table.density[i][node] * std::exp(log_others_below(node)); }));
    arm.expected_loss = table.sum([&](std::size_t node) {
      return table.lower[i][node] * -std::expm1(log_others_below(node)) * table.slope[node];
    });
    result.push_back(arm);
  }
  return result;
}

Result<NormalPosterior> normal_posterior(double estimate, double se, double prior_mean, std::optional<double> prior_sd,
                                         Level confidence) {
  if (!std::isfinite(estimate)) return out_of_range("estimate", estimate, "finite");
  if (!std::isfinite(prior_mean)) return out_of_range("prior_mean", prior_mean, "finite");
  if (!(se > 0.0) || !std::isfinite(se)) return out_of_range("se", se, "positive and finite");
  if (prior_sd && (!(*prior_sd > 0.0) || !std::isfinite(*prior_sd))) {
    return out_of_range("prior_sd", *prior_sd, "positive and finite");
  }
  NormalPosterior posterior;
  posterior.mean = estimate;
  posterior.sd = se;
  if (prior_sd) {
    const double weight = 1.0 / (1.0 + se / *prior_sd * (se / *prior_sd));  // of the data
    posterior.mean = weight * estimate + (1.0 - weight) * prior_mean;
    posterior.sd = se * std::sqrt(weight);
  }
  const double z = posterior.mean / posterior.sd;
  posterior.p_positive = normal_cdf(z);
  // E max(-effect, 0) = s (phi(z) - z Q(z)); the larger of both losses follows from the smaller.
  const double small = posterior.sd * std::max(0.0, normal_pdf(z) - std::abs(z) * normal_upper_tail(std::abs(z)));
  const double large = std::abs(posterior.mean) + small;
  posterior.loss_treatment = z >= 0.0 ? small : large;
  posterior.loss_control = z >= 0.0 ? large : small;
  const double half = z_of(confidence) * posterior.sd;
  posterior.interval = ordered(posterior.mean - half, posterior.mean + half);
  return posterior;
}

}  // namespace tactful::stats
