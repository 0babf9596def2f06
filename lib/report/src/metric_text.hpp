#pragma once

#include <functional>
#include <string>
#include <vector>

#include "view.hpp"

namespace tactful::report {

/// Results of one metric, by variant; the pieces of text that tables of them share.
using Results = std::vector<const MetricResult*>;

inline constexpr const char* kNone = "-";

[[nodiscard]] bool is_binary(const MetricResult& result);
[[nodiscard]] bool has_numbers(const MetricResult& result);
/// Whether the arms may be shown: always for a guardrail that counted, since complaints stay visible when effects are
/// blanked.
[[nodiscard]] bool has_counts(const MetricResult& result);

/// The wanted results in their order, grouped by metric. They point into `results`.
[[nodiscard]] std::vector<Results> by_metric(const std::vector<MetricResult>& results,
                                             const std::function<bool(const MetricResult&)>& wanted);

/// How a metric's numbers are scaled for people.
struct Scale {
  double factor = 1.0;
  int value_decimals = 2;
  int difference_decimals = 2;
  std::string value_head, difference_head;
};

/// One scale for all results of one metric, so that its rows compare: percent and points, per 10,000 where control is
/// under 1 %, or the metric's own unit.
[[nodiscard]] Scale scale_of(const Results& results);

/// The level of the intervals where all have one, else 0.
[[nodiscard]] double common_level(const Results& results);

/// `14,307/47,502`, or the units of a mean.
[[nodiscard]] std::string counts_text(const MetricResult& result, const ArmValue& arm);
[[nodiscard]] std::string difference_text(const MetricResult& result, const Scale& scale);
/// Names its level where the table's head cannot (level 0).
[[nodiscard]] std::string difference_interval_text(const MetricResult& result, const Scale& scale, double level);
/// `97.5 % interval`.
[[nodiscard]] std::string interval_head(double level);
[[nodiscard]] std::string spending_name(AlphaSpending spending);
/// `follow-up 50.1 %` of a rate that is still maturing, never rounded to what is over; empty where it is over.
[[nodiscard]] std::string follow_up_text(const MetricResult& result);
/// The verdict in words: `not proven safe`.
[[nodiscard]] std::string verdict_words(Verdict verdict);

}  // namespace tactful::report
