#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "margin_watch.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/decision/scorecard.hpp"

/// Numbers and phrases as the review reads them.
namespace tactful {

[[nodiscard]] std::string fixed(double value, int digits);
/// Up to three significant digits, never in exponent form for everyday sizes: 12, 0.45, 1,234.
[[nodiscard]] std::string number(double value);
/// "3.25 %".
[[nodiscard]] std::string percent(double fraction);
/// " (follow-up 62 %)" of what is still maturing, which is not told without how far it is; empty where it is over.
[[nodiscard]] std::string follow_up_words(double share);
/// p-value: "0.013", "below 0.0001".
[[nodiscard]] std::string p_text(double p);

/// A change of a metric with its sign: "+1.20 percentage points", "-3.5" for means.
[[nodiscard]] std::string change(double difference, bool is_binary);
/// The sentence of one result for its verdict; `direction` tells what is better.
[[nodiscard]] std::string reading_of(const MetricResult& result, const Metric& metric);

/// The sentence of a rare guardrail whose follow-up is not over far enough for a final word.
[[nodiscard]] std::string reading_so_far(const Metric& metric, const MarginWatch& watch, double alpha);

/// Which guardrails are held against a margin that nobody declared: those of a counts file; empty where there are none.
[[nodiscard]] std::string default_margins(const Experiment& experiment, TallySource source);

}  // namespace tactful
