#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tactful/core/interval.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"
#include "tactful/stats/test_result.hpp"

/// Time from the send to the first event (repeat contact), with units that are not yet old enough censored.
/// Ages are whole days 0, 1, 2, ...; an event at age d happens at time d, a unit censored at age d was still at risk of
/// the events of that day. Thread-safety: pure functions; FollowUp is a value.
namespace tactful::stats {

/// Sufficient statistics of one arm: units that left the risk set, by age. Mergeable over disjoint units.
class FollowUp {
 public:
  /// Longest age accepted, in days.
  static constexpr std::size_t kMaxDays = 36'600;

  FollowUp() = default;
  /// Counts by age from day 0; shorter arrays are filled with 0. `competing` are events that end the waiting without
  /// being the event (the case was closed); empty for none.
  /// Errors: kInvalidArgument (a negative count, more than kMaxDays days, more than 2^53 units).
  [[nodiscard]] static Result<FollowUp> make(std::span<const std::int64_t> events,
                                             std::span<const std::int64_t> censored,
                                             std::span<const std::int64_t> competing = {});
  /// Errors: kInvalidArgument when both together pass 2^53 units; then nothing is merged.
  [[nodiscard]] Status merge(const FollowUp& other);

  struct Day {
    std::int64_t events = 0;
    std::int64_t competing = 0;
    std::int64_t censored = 0;
    bool operator==(const Day&) const = default;
  };
  [[nodiscard]] std::span<const Day> days() const noexcept { return days_; }
  [[nodiscard]] std::int64_t units() const noexcept { return units_; }

  bool operator==(const FollowUp&) const = default;

 private:
  std::vector<Day> days_;
  std::int64_t units_ = 0;
};

/// Mean time without the event up to the horizon: the area under the Kaplan-Meier curve.
struct RestrictedMean {
  double mean = 0.0;               ///< Days, in [0, horizon].
  double variance = 0.0;           ///< Of the mean: sum of area^2 e/(n (n - e)).
  double survival = 1.0;           ///< Share without the event just before the horizon.
  double survival_variance = 0.0;  ///< Greenwood 1926.
};

/// Events of either kind end the waiting only when they are `events`; competing ones count as censored, so this is the
/// time to the event if nothing else ended the waiting. `horizon` in days, at least 1.
/// Source: Irwin 1949; Royston & Parmar 2013; Kaplan & Meier 1958; Greenwood 1926.
/// Errors: kInvalidArgument (horizon); kInsufficientData when no unit was followed up to the horizon although some had
/// no event, so that the area is not known.
[[nodiscard]] Result<RestrictedMean> restricted_mean(const FollowUp& arm, std::int64_t horizon);

struct RestrictedMeanTest {
  RestrictedMean control;
  RestrictedMean treatment;
  ZTest test;  ///< Treatment minus control, days; positive: longer without the event.
  Interval interval;
};
/// Errors: as restricted_mean; kInsufficientData when no event happened before the horizon in either arm.
[[nodiscard]] Result<RestrictedMeanTest> restricted_mean_test(const FollowUp& control, const FollowUp& treatment,
                                                              std::int64_t horizon, Level confidence);

/// Probability of the event by the end of a day, where a competing event makes it impossible.
struct Incidence {
  double value = 0.0;
  double variance = 0.0;
  Interval interval;  ///< On log(-log(1 - value)); [0, 1] bounds where the value is 0 or 1 and none exists.
};
struct CumulativeIncidence {
  std::vector<double> by_day;  ///< Of the event, after days 0 .. horizon.
  Incidence event;             ///< After day `horizon`.
  Incidence competing;
  double event_free = 1.0;  ///< Neither; the three sum to 1.
};
/// Aalen-Johansen estimate with its delta-method variance; without censoring it is the binomial proportion with its
/// variance. Source: Aalen & Johansen 1978; Marubini & Valsecchi 1995, section 10.2.
/// Errors: kInvalidArgument (horizon below 0); kInsufficientData when nobody was at risk on a day up to the horizon
/// although some had no event before.
[[nodiscard]] Result<CumulativeIncidence> cumulative_incidence(const FollowUp& arm, std::int64_t horizon,
                                                               Level confidence);

}  // namespace tactful::stats
