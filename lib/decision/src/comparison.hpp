#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"
#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/stats/test_result.hpp"
#include "tactful/tally/tally.hpp"

namespace tactful {

/// Fewest events expected in each arm, under equal rates, for which the score test stands in for the exact one.
inline constexpr double kFewestExpectedEvents = 10.0;
/// Events of both arms below which a rate-ratio margin is tested exactly.
inline constexpr double kFewestEventsForRatio = 200.0;
/// Fewest clusters in each arm for the cluster-robust t test, which is liberal with fewer.
inline constexpr double kFewestClusters = 10.0;
/// Clusters with an event are counted as events while they are at most this share of all clusters ...
inline constexpr double kLargestShareOfClustersWithEvents = 0.1;
/// ... and, against a ratio margin, have at most this many events each on average.
inline constexpr double kMostEventsPerCluster = 1.2;

/// The statistics of one treatment against control that a metric's tests need, whatever its kind. Which method is used
/// depends on the metric's kind, on whether clusters were randomised, and on how many events there are in both arms
/// together; never on a result. Thread-safety: immutable.
class Comparison {
 public:
  /// A one-sided p-value and how it was found.
  struct Test {
    double p = 1.0;
    std::string method;
    std::optional<double> p_mid = std::nullopt;  // of an exact test, for the reader; the verdict rests on p
  };

  virtual ~Comparison() = default;

  [[nodiscard]] virtual ArmValue control() const = 0;
  [[nodiscard]] virtual ArmValue treatment() const = 0;
  /// Treatment minus control. Errors: kInsufficientData.
  [[nodiscard]] virtual Result<EffectInterval> difference(Level level) const = 0;
  [[nodiscard]] virtual std::string interval_method() const = 0;
  /// Treatment / control - 1; nothing where it does not exist.
  [[nodiscard]] virtual std::optional<EffectInterval> relative(Level level) const = 0;
  /// H0: difference = null. Errors: kInsufficientData.
  [[nodiscard]] virtual Result<Test> test_difference(double null, stats::Alternative alternative) const = 0;
  /// H0: treatment / control = null. Errors: kInsufficientData.
  [[nodiscard]] virtual Result<Test> test_ratio(double null, stats::Alternative alternative) const = 0;
};

/// One-sided test of a guardrail against its margin, in the direction in which it should be shown.
[[nodiscard]] Result<Comparison::Test> margin_test(const Metric& metric, const Comparison& comparison);

/// One arm with what is known of its design.
struct ArmInput {
  const ArmTally* arm = nullptr;
  const ArmMetric* metric = nullptr;
  std::int64_t weight = 0;
};

/// Errors: kInsufficientData, with the reason in words, when an arm has too few units (or clusters) to say anything.
[[nodiscard]] Result<std::unique_ptr<Comparison>> compare(const ArmInput& control, const ArmInput& treatment,
                                                          bool is_binary, bool is_clustered);

}  // namespace tactful
