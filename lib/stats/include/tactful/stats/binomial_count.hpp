#pragma once

#include <cstdint>
#include <string_view>

#include "tactful/core/result.hpp"

namespace tactful::stats {

/// `successes` of `trials` independent units: 0 <= successes <= trials, trials > 0. Another object does not exist.
class BinomialCount {
 public:
  /// Largest number of trials accepted; up to here a count is exact as a double.
  static constexpr std::int64_t kMaxTrials = std::int64_t{1} << 53;

  /// Errors: kInvalidArgument, naming `name`, the values and the rule.
  [[nodiscard]] static Result<BinomialCount> make(std::int64_t successes, std::int64_t trials,
                                                  std::string_view name = "count");

  [[nodiscard]] constexpr std::int64_t successes() const noexcept { return successes_; }
  [[nodiscard]] constexpr std::int64_t trials() const noexcept { return trials_; }
  [[nodiscard]] constexpr std::int64_t failures() const noexcept { return trials_ - successes_; }
  /// The observed proportion.
  [[nodiscard]] constexpr double rate() const noexcept {
    return static_cast<double>(successes_) / static_cast<double>(trials_);
  }
  /// One minus the proportion, without cancellation.
  [[nodiscard]] constexpr double failure_rate() const noexcept {
    return static_cast<double>(failures()) / static_cast<double>(trials_);
  }
  /// The same units with success and failure exchanged.
  [[nodiscard]] constexpr BinomialCount inverted() const noexcept { return {failures(), trials_}; }

  constexpr bool operator==(const BinomialCount&) const = default;

 private:
  constexpr BinomialCount(std::int64_t successes, std::int64_t trials) : successes_(successes), trials_(trials) {}
  std::int64_t successes_;
  std::int64_t trials_;
};

/// Two independent arms. Differences and ratios are always treatment against control.
struct ProportionPair {
  BinomialCount control;
  BinomialCount treatment;

  /// p_t - p_c.
  [[nodiscard]] double difference() const noexcept;

  constexpr bool operator==(const ProportionPair&) const = default;
};

/// Checks both arms. Errors: as BinomialCount::make, naming `control` or `treatment`.
[[nodiscard]] Result<ProportionPair> make_pair_of_counts(std::int64_t control_successes, std::int64_t control_trials,
                                                         std::int64_t treatment_successes,
                                                         std::int64_t treatment_trials);

}  // namespace tactful::stats
