#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "object_reader.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// Stands for a time that is missing or unreadable, so that no rule is checked against it.
inline constexpr TimeMs kNoTime = std::numeric_limits<TimeMs>::min();

/// What the file says, before the rules between its fields are checked.
struct Draft {
  Experiment experiment;
  std::vector<std::pair<std::string, Margin>> margins;  ///< As written, by metric key.
  bool has_variants = false;  ///< Whether there was a list at all; else it is already reported.
  bool has_metrics = false;
};

/// Reads every field, with defaults (docs/spec/experiment.md), and reports what is wrong with each by itself.
[[nodiscard]] Draft read_fields(const Json& file, Findings& findings);

/// Reads the plan; margins go to the draft until the metrics are known.
void read_plan(const Json& value, Draft& draft, Findings& findings);
[[nodiscard]] Policy read_policy(const Json& value, Findings& findings);

/// Checks the plan's and the policy's references, sums and order; margins and times are checked with the other rules.
void check_plan(const Experiment& experiment, Findings& findings);
void check_policy(const Experiment& experiment, Findings& findings);
/// Reports a metric that does not exist, with the nearest that does.
void report_unknown_metric(const Experiment& experiment, const std::string& key, const std::string& pointer,
                           Findings& findings);

/// Reads scheme, hashing, layer, holdout, switchback, sticky, overrides and groups.
void read_traffic(const Json& file, ObjectReader& reader, Experiment& experiment, Findings& findings);

/// Checks the rules between those fields.
void check_traffic(const Experiment& experiment, Findings& findings);

/// Checks the rules between fields, and moves the margins to their metrics.
void check_rules(Draft& draft, Findings& findings);

}  // namespace tactful
