#include "comparison.hpp"

#include <algorithm>
#include <cmath>

#include "tactful/stats/cluster.hpp"
#include "tactful/stats/exact.hpp"
#include "tactful/stats/means.hpp"
#include "tactful/stats/proportion_ratio.hpp"
#include "tactful/stats/rare_events.hpp"
#include "tactful/stats/two_proportions.hpp"

namespace tactful {
namespace {

using stats::Alternative;

constexpr std::string_view kExactEvents = "exact conditional test on events, design weights";

std::int64_t whole(const PreciseSum& sum) { return std::llround(sum.value()); }

EffectInterval effect(double estimate, const Interval& interval, Level level) {
  return {estimate, interval.low(), interval.high(), level.value()};
}

ArmValue value_of(const ArmMetric& metric) {
  const double total = metric.mature.sum.value();
  return {metric.mature.units, total / static_cast<double>(metric.mature.units), total};
}

bool is_rare(double events, double n_control, double n_treatment) {
  return events * std::min(n_control, n_treatment) / (n_control + n_treatment) < kFewestExpectedEvents;
}

Error too_little(std::string why) { return {ErrorCode::kInsufficientData, std::move(why), "", ""}; }

/// Exact conditional comparison of event counts by the design weights.
Result<Comparison::Test> exact_events(std::int64_t control, std::int64_t treatment, const ArmInput& c,
                                      const ArmInput& t, double null_ratio, Alternative alternative) {
  if (c.weight <= 0 || t.weight <= 0) return too_little("a variant of weight 0 has no design share of events");
  const auto level = Level::make(0.95);
  const auto test = stats::compare_event_counts(
      {control, treatment, static_cast<double>(c.weight), static_cast<double>(t.weight)}, null_ratio, *level);
  if (!test) return test.error();
  const bool greater = alternative == Alternative::kGreater;
  return Comparison::Test{greater ? test->p_greater : test->p_less, std::string(kExactEvents),
                          greater ? test->midp_greater : test->midp_less};
}

/// Rates of independent units.
class BinaryComparison final : public Comparison {
 public:
  BinaryComparison(const ArmInput& control, const ArmInput& treatment, const stats::ProportionPair& pair)
      : control_(control), treatment_(treatment), pair_(pair) {}

  ArmValue control() const override { return value_of(*control_.metric); }
  ArmValue treatment() const override { return value_of(*treatment_.metric); }
  std::string interval_method() const override { return "Miettinen-Nurminen interval"; }

  Result<EffectInterval> difference(Level level) const override {
    const stats::Estimate estimate = stats::difference_interval(pair_, level);
    return effect(estimate.value, estimate.interval, level);
  }
  std::optional<EffectInterval> relative(Level level) const override {
    const auto ratio = stats::proportion_ratio(pair_);
    if (!ratio) return std::nullopt;
    const auto interval = stats::ratio_interval(pair_, level);
    if (!interval) return std::nullopt;
    return EffectInterval{*ratio - 1.0, interval->low() - 1.0, interval->high() - 1.0, level.value()};
  }
  Result<Test> test_difference(double null, Alternative alternative) const override {
    if (null == 0.0 && is_rare(events(), trials(pair_.control), trials(pair_.treatment))) {
      if (events() == 0.0) return too_little("no unit of either variant had the event");
      const stats::FisherTest test = stats::fisher_exact(pair_);
      const bool greater = alternative == Alternative::kGreater;
      return Test{greater ? test.p_greater : test.p_less, "Fisher's exact test",
                  greater ? test.midp_greater : test.midp_less};
    }
    const auto test = stats::score_test_difference(pair_, null);
    if (!test) return test.error();
    return Test{test->p.of(alternative), "score test of the difference"};
  }
  Result<Test> test_ratio(double null, Alternative alternative) const override {
    if (events() < kFewestEventsForRatio) {
      return exact_events(pair_.control.successes(), pair_.treatment.successes(), control_, treatment_, null,
                          alternative);
    }
    const auto test = stats::score_test_ratio(pair_, null);
    if (!test) return test.error();
    return Test{test->p.of(alternative), "score test of the ratio"};
  }

 private:
  static double trials(const stats::BinomialCount& count) { return static_cast<double>(count.trials()); }
  [[nodiscard]] double events() const {
    return static_cast<double>(pair_.control.successes()) + static_cast<double>(pair_.treatment.successes());
  }
  ArmInput control_, treatment_;
  stats::ProportionPair pair_;
};

/// Means of independent units.
class MeanComparison final : public Comparison {
 public:
  MeanComparison(const ArmInput& control, const ArmInput& treatment, const stats::Moments& c, const stats::Moments& t)
      : control_(control), treatment_(treatment), c_(c), t_(t) {}

  ArmValue control() const override { return value_of(*control_.metric); }
  ArmValue treatment() const override { return value_of(*treatment_.metric); }
  std::string interval_method() const override { return "Welch interval"; }

  Result<EffectInterval> difference(Level level) const override {
    const auto test = stats::welch_test(c_, t_, level);
    if (!test) return test.error();
    return effect(test->difference, test->interval, level);
  }
  std::optional<EffectInterval> relative(Level level) const override {
    if (c_.mean() <= 0.0) return std::nullopt;
    const auto set = stats::fieller_set(c_, t_, level);
    if (!set || set->shape != stats::FiellerSet::Shape::kBounded) return std::nullopt;
    return EffectInterval{t_.mean() / c_.mean() - 1.0, set->low, set->high, level.value()};
  }
  Result<Test> test_difference(double null, Alternative alternative) const override {
    const auto level = Level::make(0.95);
    const auto test = stats::welch_test(c_, t_, *level, null);
    if (!test) return test.error();
    return Test{test->p.of(alternative), "Welch's t test"};
  }
  Result<Test> test_ratio(double null, Alternative alternative) const override {
    if (c_.mean() <= 0.0) return too_little("the control mean is not positive, so a ratio to it says nothing");
    const auto scaled = [](const stats::Moments& m, double factor) {
      const auto n = static_cast<double>(m.count());
      return stats::ArmMean{factor * m.mean(), factor * factor * m.variance() / n, n};
    };
    const auto level = Level::make(0.95);
    const auto test = stats::welch_test(scaled(c_, null), scaled(t_, 1.0), *level);
    if (!test) return test.error();
    return Test{test->p.of(alternative), "Welch's t test of the ratio (Fieller)"};
  }

 private:
  ArmInput control_, treatment_;
  stats::Moments c_, t_;
};

/// Mean per unit and its cluster-robust variance (CR1), from the sums of a tally.
stats::ArmMean robust_mean(const ClusterSums& sums) {
  const auto size = static_cast<long double>(sums.size.value());
  const auto precise = [](const PreciseSum& sum) { return static_cast<long double>(sum.high) + sum.low; };
  const long double mean = precise(sums.total) / size;
  const long double residuals =
      precise(sums.total_squares) - 2 * mean * precise(sums.size_total) + mean * mean * precise(sums.size_squares);
  const auto g = static_cast<long double>(sums.clusters);
  const long double variance = std::max(0.0L, residuals) / (size * size) * g / (g - 1);
  return {static_cast<double>(mean), static_cast<double>(variance), static_cast<double>(sums.clusters)};
}

/// Rates or means of units in randomised clusters.
class ClusterComparison final : public Comparison {
 public:
  ClusterComparison(const ArmInput& control, const ArmInput& treatment, bool is_binary)
      : control_(control),
        treatment_(treatment),
        is_binary_(is_binary),
        c_(robust_mean(control.metric->clusters)),
        t_(robust_mean(treatment.metric->clusters)) {}

  ArmValue control() const override { return clustered_value(*control_.metric); }
  ArmValue treatment() const override { return clustered_value(*treatment_.metric); }
  std::string interval_method() const override { return "cluster-robust interval"; }

  Result<EffectInterval> difference(Level level) const override {
    const auto test = run(level, 0.0);
    if (!test) return test.error();
    return effect(test->difference, test->interval, level);
  }
  std::optional<EffectInterval> relative(Level level) const override {
    const auto lift = stats::relative_lift(c_, t_, level);
    if (!lift || !lift->log_interval) return std::nullopt;
    return effect(lift->lift, *lift->log_interval, level);
  }
  Result<Test> test_difference(double null, Alternative alternative) const override {
    // With no effect at all a cluster with an event is as likely in either arm, however many events it has; where most
    // clusters have one, that count says nothing any more.
    if (is_binary_ && null == 0.0 && has_few_clusters_with_events() && is_rare(events(), c_.n, t_.n)) {
      return exact(1.0, alternative);
    }
    if (auto status = check_clusters(); !status) return status.error();
    const auto level = Level::make(0.95);
    const auto test = run(*level, null);
    if (!test) return test.error();
    return Test{alternative == Alternative::kGreater ? test->p_greater : test->p_less, "cluster-robust t test"};
  }
  Result<Test> test_ratio(double null, Alternative alternative) const override {
    // The ratio of clusters with an event is the ratio of rates only where such clusters are few and have one event
    // each.
    if (is_binary_ && has_few_clusters_with_events()) {
      if (has_one_event_each() && events() < kFewestEventsForRatio) return exact(null, alternative);
      if (events() < 2.0 * kFewestClusters)
        return too_little("too few clusters have the event, and some have many, so a ratio of rates cannot be judged");
    }
    if (auto status = check_clusters(); !status) return status.error();
    if (c_.mean <= 0.0) return too_little("the control mean is not positive, so a ratio to it says nothing");
    const auto level = Level::make(0.95);
    const auto test = stats::welch_test({null * c_.mean, null * null * c_.variance_of_mean, c_.n}, t_, *level);
    if (!test) return test.error();
    return Test{test->p.of(alternative), "cluster-robust t test of the ratio"};
  }

 private:
  struct Outcome {
    double difference, p_greater, p_less;
    Interval interval;
  };

  static ArmValue clustered_value(const ArmMetric& metric) {
    const double size = metric.clusters.size.value();
    return {std::llround(size), metric.clusters.total.value() / size, metric.clusters.total.value()};
  }
  [[nodiscard]] double events() const {
    return static_cast<double>(control_.metric->first_events) + static_cast<double>(treatment_.metric->first_events);
  }
  [[nodiscard]] bool has_few_clusters_with_events() const {
    return events() <= kLargestShareOfClustersWithEvents * (c_.n + t_.n);
  }
  [[nodiscard]] bool has_one_event_each() const {
    const double total = control_.metric->clusters.total.value() + treatment_.metric->clusters.total.value();
    return total <= kMostEventsPerCluster * events();
  }
  [[nodiscard]] Status check_clusters() const {
    if (std::min(c_.n, t_.n) >= kFewestClusters) return {};
    return too_little("fewer than " + std::to_string(static_cast<int>(kFewestClusters)) +
                      " clusters in an arm are too few for a test");
  }
  [[nodiscard]] Result<Test> exact(double null_ratio, Alternative alternative) const {
    if (events() == 0.0) return too_little("no cluster of either variant had the event");
    return exact_events(control_.metric->first_events, treatment_.metric->first_events, control_, treatment_,
                        null_ratio, alternative);
  }
  /// Binary outcomes have exact sums: the sandwich test on both arms together; others Welch over the arms' own robust
  /// variances.
  [[nodiscard]] Result<Outcome> run(Level level, double null) const {
    if (!is_binary_) {
      const auto test = stats::welch_test(c_, t_, level, null);
      if (!test) return test.error();
      return Outcome{test->difference, test->p.greater, test->p.less, test->interval};
    }
    const auto control = moments(control_.metric->clusters);
    if (!control) return control.error();
    const auto treatment = moments(treatment_.metric->clusters);
    if (!treatment) return treatment.error();
    const auto test = stats::cluster_test(*control, *treatment, level, null);
    if (!test) return test.error();
    return Outcome{test->difference, test->p.greater, test->p.less, test->interval};
  }
  static Result<stats::ClusterMoments> moments(const ClusterSums& sums) {
    return stats::ClusterMoments::from_sums({sums.clusters, whole(sums.size), whole(sums.total),
                                             whole(sums.size_squares), whole(sums.total_squares),
                                             whole(sums.size_total)});
  }

  ArmInput control_, treatment_;
  bool is_binary_;
  stats::ArmMean c_, t_;
};

/// Moments of values from their compensated sums; the variance is formed before rounding to double.
Result<stats::Moments> moments_of(const UnitSums& sums) {
  const auto n = static_cast<long double>(sums.units);
  PreciseSum centred = sums.squares;
  const double mean = sums.sum.value() / static_cast<double>(sums.units);
  centred.add_product(-mean, sums.sum.high);
  centred.add_product(-mean, sums.sum.low);
  const long double variance = std::max(0.0L, (static_cast<long double>(centred.high) + centred.low) / (n - 1));
  return stats::Moments::from_summary(sums.units, mean, static_cast<double>(std::sqrt(variance)));
}

}  // namespace

Result<Comparison::Test> margin_test(const Metric& metric, const Comparison& comparison) {
  const Margin margin = metric.margin.value_or(Margin{});
  const bool is_increase = metric.direction == Direction::kIncrease;
  const Alternative better = is_increase ? Alternative::kGreater : Alternative::kLess;
  if (margin.kind == Margin::Kind::kRatio) return comparison.test_ratio(margin.value, better);
  return comparison.test_difference(is_increase ? -margin.value : margin.value, better);
}

Result<std::unique_ptr<Comparison>> compare(const ArmInput& control, const ArmInput& treatment, bool is_binary,
                                            bool is_clustered) {
  const auto name = [](bool is_control) { return std::string(is_control ? "control" : "the variant"); };
  for (const ArmInput* input : {&control, &treatment}) {
    const bool is_control = input == &control;
    if (is_clustered && input->metric->clusters.clusters < 2) {
      return too_little(name(is_control) + " has fewer than two clusters whose window has closed");
    }
    if (!is_clustered && input->metric->mature.units < (is_binary ? 1 : 2)) {
      return too_little(name(is_control) + " has " + (is_binary ? "no unit" : "fewer than two units") +
                        " whose window has closed");
    }
  }
  if (is_clustered)
    return std::unique_ptr<Comparison>(std::make_unique<ClusterComparison>(control, treatment, is_binary));
  if (is_binary) {
    const auto pair = stats::make_pair_of_counts(whole(control.metric->mature.sum), control.metric->mature.units,
                                                 whole(treatment.metric->mature.sum), treatment.metric->mature.units);
    if (!pair) return pair.error();
    return std::unique_ptr<Comparison>(std::make_unique<BinaryComparison>(control, treatment, *pair));
  }
  const auto c = moments_of(control.metric->mature);
  if (!c) return c.error();
  const auto t = moments_of(treatment.metric->mature);
  if (!t) return t.error();
  return std::unique_ptr<Comparison>(std::make_unique<MeanComparison>(control, treatment, *c, *t));
}

}  // namespace tactful
