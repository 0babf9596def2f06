#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/json.hpp"
#include "tactful/core/time.hpp"
#include "tactful/experiment/plan.hpp"
#include "tactful/experiment/traffic.hpp"

namespace tactful {

/// One wording under test. The first variant of an experiment is its control.
struct Variant {
  std::string key;          ///< A label, unique in the experiment ("control", "No E-Mail").
  std::int64_t weight = 1;  ///< Relative share, 0 to 1,000,000; 0 receives no new units.
  std::string wording;      ///< Id of the wording; a key.
  std::string text;  ///< Plain template with named fields, "Dear {name}"; empty where the sender has its own texts.
  /// Content identity of the wording's file (32 hex digits), where who read the experiment has read the wordings beside
  /// it too (tactful/catalogue/wordings.hpp); else empty. Not a field of the file; part of the fingerprint.
  std::string content;
  bool operator==(const Variant&) const = default;
};

/// How a unit's outcomes become its value.
enum class Aggregation {
  kAny,    ///< 1 when at least one outcome fell into the window, else 0.
  kCount,  ///< How many.
  kSum,    ///< Sum of their values.
  kFirst,  ///< Value of the earliest; units without one are missing, not zero.
};

enum class Direction { kIncrease, kDecrease };  ///< Which way is better for the customer and the business.

enum class Role { kSuccess, kGuardrail, kMonitor };

/// Non-inferiority margin of a guardrail: the worst change that is still acceptable.
struct Margin {
  enum class Kind {
    kAbsolute,  ///< A difference, in the metric's unit (0.002 = 20 per 10,000), > 0.
    kRatio,     ///< A ratio treatment / control: > 1 for a metric that should decrease, in (0, 1) for one that should
                ///< increase.
  };
  Kind kind = Kind::kAbsolute;
  double value = 0.0;
  bool operator==(const Margin&) const = default;
};

/// An outcome, an aggregation, a window after first exposure, a direction and a role.
struct Metric {
  std::string key;  ///< Unique in the experiment; a key.
  std::string
      outcome;  ///< Outcome kind counted: converted, complaint, repeat_contact, opted_out, or the user's own; a key.
  Aggregation aggregation = Aggregation::kAny;
  TimeMs window_ms = 0;  ///< Outcomes in [first exposure, first exposure + window) count; > 0.
  Direction direction = Direction::kIncrease;
  Role role = Role::kMonitor;
  std::optional<Margin> margin;  ///< Present exactly for guardrails; written in the file under plan.margins.
  /// Outcomes count only when their value is at least this (a severity class of complaints); all count without it.
  std::optional<double> minimum_value;
  bool operator==(const Metric&) const = default;
};

/// From `from` on, `fraction` of the units in scope take part. Raising it never moves an assigned unit.
struct RampStep {
  TimeMs from = 0;
  Fraction fraction;
  bool operator==(const RampStep&) const = default;
};

struct Pilot {
  std::string scope;  ///< In words, for the review: which region, product line or team.
  TimeMs start = 0;
  TimeMs end = 0;  ///< End of the pilot's reviews; at least the last look.
  bool operator==(const Pilot&) const = default;
};

/// One question about one reminder; the file `<key>.json` as values. Immutable once parsed. docs/spec/experiment.md.
struct Experiment {
  std::string key, title, owner, accountable, goal, scenario;
  std::string responsible;             ///< Who does the work of the reminder: takes replies and calls back; or empty.
  std::vector<std::string> consulted;  ///< Asked before the wording or the policy changes; labels.
  std::vector<std::string> informed;   ///< Told about reviews and escalations; labels.
  std::string contact;                 ///< Key of the contact policy (`contact/<key>.json`), or empty: none is applied.
  std::string purpose = "service";  ///< What customers are contacted for; consent is given and withdrawn by it; a key.
  std::string unit = "customer";    ///< Who receives messages and is analysed.
  std::string cluster;  ///< Who is randomised where that is not the unit (household, ticket, agent-shift); or empty.
  std::string randomisation;  ///< How units were randomised, in words, where Tactful did not assign them; else empty.
  UtcOffset utc_offset;       ///< In which days and weeks are counted.
  std::string scheme = "tactful-1";
  std::string salt;               ///< Default: the key.
  Hashing hashing;                ///< What other platforms' schemes need besides the salt.
  std::string layer;              ///< Key of the layer, or empty.
  LayerSlots layer_slots;         ///< The experiment's part of it.
  std::vector<Holdout> holdouts;  ///< With distinct keys.
  TimeMs switchback_ms = 0;       ///< Above 0: time slots of this length from pilot.start are randomised.
  Sticky sticky;
  std::vector<Override> overrides;    ///< With distinct units.
  std::vector<SavedGroup> groups;     ///< For the scope.
  Json scope;                         ///< Targeting condition; an empty object matches everyone.
  std::vector<std::string> segments;  ///< Attributes recorded with exposures and broken down in the scorecard.
  std::vector<RampStep> ramp;         ///< Ascending in time; at least one step.
  std::vector<Variant> variants;      ///< At least two; [0] is control.
  std::vector<Metric> metrics;        ///< At least one.
  Plan plan;
  Policy policy;
  Pilot pilot;

  bool operator==(const Experiment&) const = default;

  [[nodiscard]] const Variant& control() const { return variants.front(); }
  /// Index into variants, or nothing.
  [[nodiscard]] std::optional<std::size_t> variant_index(std::string_view key) const noexcept;
  [[nodiscard]] const Metric* find_metric(std::string_view key) const noexcept;
  /// Whether whole clusters are randomised.
  [[nodiscard]] bool is_clustered() const noexcept { return !cluster.empty(); }
  /// The planned end: end of enrolment plus the longest window of a guardrail or success metric, rounded up to a whole
  /// day at utc_offset. From then on every metric that decides is mature and `continue` does not exist.
  [[nodiscard]] TimeMs last_look() const;
};

[[nodiscard]] std::string_view to_string(Aggregation value) noexcept;
[[nodiscard]] std::string_view to_string(Direction value) noexcept;
[[nodiscard]] std::string_view to_string(Role value) noexcept;

}  // namespace tactful
