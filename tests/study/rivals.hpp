#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

/// Rules by which others would raise an alarm of harm, on the same counts, as published (formulas and their sources in
/// docs/methods/decision-study.md).
namespace tactful::study {

/// First complaints so far of one treatment and control at one review.
struct Counts {
  double time = 1.0;  ///< Share of the calendar.
  std::int64_t control_units = 0, treatment_units = 0;
  std::int64_t control_events = 0, treatment_events = 0;  ///< All first events, mature or not.
  std::int64_t control_mature = 0, treatment_mature = 0;  ///< Events of mature units only.
};

enum class Rival {
  kNaive,       ///< Pooled z, two-sided 5 %, at every review.
  kBonferroni,  ///< Fisher's exact test, one-sided 0.05 / reviews.
  kGrowthBook,  ///< Asymptotic confidence sequence, one-sided 0.05, N* = 5,000.
  kEppo,        ///< The same two-sided 0.05, N* = 10,000.
  kStatsig,     ///< Mixture sequential test, one-sided formula, tau^2 = z^2 (var_t + var_c)/(n_t + n_c).
  kSpotify,     ///< Lan-DeMets alpha t^2 on z of the difference, one-sided 0.05.
  kEProcess,    ///< Mixture e-process on the events, 0.05, alone.
  kMatureOnly,  ///< Exact bounds as ours at the whole 0.05, on mature units only.
};
inline constexpr std::array<Rival, 8> kRivals = {Rival::kNaive,    Rival::kBonferroni, Rival::kGrowthBook,
                                                 Rival::kEppo,     Rival::kStatsig,    Rival::kSpotify,
                                                 Rival::kEProcess, Rival::kMatureOnly};

[[nodiscard]] std::string_view name_of(Rival rival);
/// Whether the rule keeps its one-sided 0.05 by construction (asymptotically at least), so that its power counts.
[[nodiscard]] bool is_valid(Rival rival);

/// The review (from 1) at which the rule raises its first alarm, 0 for none.
[[nodiscard]] int first_alarm(Rival rival, const std::vector<Counts>& reviews);

}  // namespace tactful::study
