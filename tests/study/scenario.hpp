#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tactful/experiment/experiment.hpp"
#include "tactful/simulation/operating.hpp"
#include "tactful/simulation/pilot.hpp"

namespace tactful::study {

enum class Delay { kImmediate, kUniform30, kExponential10, kSoonerInTreatment };
enum class Traffic { kConstant, kRampingUp, kThrottled, kPaused };
enum class Calendar { kOnTime, kMissed, kLate, kExtra };

/// What the study varies. Everything else is fixed: six weeks of enrolment, a review a week and the last one two weeks
/// after, 30 % conversion within 7 days, complaints within 14 days, equal arms.
struct Factors {
  int treatments = 1;
  std::int64_t per_arm_week = 2'000;
  double complaint = 0.002;  ///< Of control, within the window.
  double ratio = 1.0;        ///< Complaints of variant a against control.
  double lift = 0.0;         ///< Conversion of variant a, in points of probability.
  double margin = 1.5;       ///< Ratio margin of the complaint guardrail.
  Delay delay = Delay::kExponential10;
  Traffic traffic = Traffic::kConstant;
  std::int64_t household = 1;
  Calendar calendar = Calendar::kOnTime;
  bool reversal = false;  ///< Complaints of a are as control's for 7 days and three times as many afterwards.
  /// Chance of success below which pilots are ended. Off but for one row: a pilot that was ended raises no alarm later,
  /// and rules without such an end would look better than they are.
  double futility = 0.0;
  double lost = 0.0;  ///< Share of a's exposures that are never recorded.
};

struct Scenario {
  std::string group, name;
  Factors factors;
  std::int64_t runs = 5'000;
  Experiment experiment;
  World world;
  std::vector<SimulatedReview> reviews;  ///< Ascending.
  bool violates_margin = false;          ///< A promotion of a is wrong at 0.05.
  bool has_success = false;              ///< Otherwise a promotion is wrong at 0.025.
  bool is_harmless = false;              ///< A stop of a is wrong at 0.05.
  bool must_be_valid = false;            ///< `invalid` is wrong.
};

/// Every scenario of the study, grouped for its tables; `scale` multiplies the numbers of runs.
[[nodiscard]] std::vector<Scenario> all_scenarios(double scale);

}  // namespace tactful::study
