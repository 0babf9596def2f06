#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/core/time.hpp"
#include "tactful/experiment/experiment.hpp"

/// When decisions are taken, and how much of each level may have been used by then. Thread-safety: pure functions.
namespace tactful {

/// The dates agreed on before the first unit: looks of the pilot, or of a phase after a promotion.
struct LookPlan {
  TimeMs start = 0;           ///< From here the calendar runs; before the first look.
  std::vector<TimeMs> looks;  ///< Ascending, at least one; the last is the end, where every level is spent.
  bool operator==(const LookPlan&) const = default;
};

/// The pilot's: plan.looks before the last look, and the last look.
[[nodiscard]] LookPlan look_plan(const Experiment& experiment);

/// Share of the planned units whose window of this length had closed.
struct WindowShare {
  TimeMs window_ms = 0;
  double share = 0.0;  ///< In [0, 1].
  bool operator==(const WindowShare&) const = default;
};

/// A planned look that was really taken, as the ledger's reviews have it.
struct TakenLook {
  int planned = 0;  ///< Which one, 1-based index into LookPlan::looks.
  TimeMs at = 0;    ///< When: late and early looks spend what the calendar allows then.
  /// The spending times that were used, as the review entered them: start and ramp may be edited later, and what is
  /// spent stays spent. Nothing where the entry does not say (older releases): the file's then.
  std::optional<double> calendar = std::nullopt;
  std::vector<WindowShare> maturity = {};  ///< By length of window.
  /// Fingerprint of the data it was taken of, as the review entered it: a table has one look, and another table with
  /// more rows has not one more. Empty where the entry does not say.
  std::string data = {};
  bool operator==(const TakenLook&) const = default;
};

/// A planned look that spends.
struct Look {
  int planned = 0;        ///< 1-based.
  TimeMs date = 0;        ///< As planned.
  TimeMs at = 0;          ///< As taken, or as assumed.
  double calendar = 1.0;  ///< Share of the calendar that is over at `at`, in (0, 1]: spending time of harm and
                          ///< guardrails. As recorded where it is, and never below what an earlier look recorded.
  std::vector<WindowShare> maturity = {};  ///< As recorded; empty where nothing is.
  bool operator==(const Look&) const = default;
};

/// Where an evaluation stands among the looks.
struct LookSchedule {
  LookPlan plan;
  std::vector<Look> taken;   ///< Ascending; this evaluation's own look is the last of them when it is a planned one.
  int current = 0;           ///< Planned number of this evaluation's look; 0: an extra look, which can only stop.
  std::optional<Look> next;  ///< The next planned look to come, `at` = `date` (or now, where it is overdue).
  [[nodiscard]] bool is_planned() const noexcept { return current > 0; }
  [[nodiscard]] bool is_last() const noexcept { return current == static_cast<int>(plan.looks.size()); }
};

/// A review this close to a look's date takes that look on time.
inline constexpr TimeMs kOnTime = kMillisecondsPerDay;

/// Rules: (1) At or after the last date every evaluation is the last look. (2) Otherwise the look whose date is
/// `as_of`, and with `as_review` the one whose date lies within kOnTime of it, is this one, unless it was taken: who
/// only evaluates near a date sees an extra look, since what is seen with its bounds is a look taken. (3) With
/// `as_review`, also the latest that is due and not taken (late), or else the next one when `as_of` is nearer to its
/// date than to the date before it (early). (4) Everything else is an extra look. The last look is never early, since
/// there everything that decides is mature. Missed looks spend nothing, and what they would have spent is carried on.
/// (5) With `as_extra`, before the last date, it is an extra look whatever the date. Parameters: `taken`: the looks
/// really taken, those after `as_of` left out; nothing: every look planned before `as_of` counts as taken on its date,
/// which is the cautious assumption where nobody knows. Errors: kInvalidArgument (no look, looks not ascending or not
/// after the start, a look taken that is not planned or not in the order of the plan).
[[nodiscard]] Result<LookSchedule> schedule_looks(const LookPlan& plan, TimeMs as_of,
                                                  const std::optional<std::vector<TakenLook>>& taken, bool as_review,
                                                  bool as_extra = false);

/// The moments that a tally must know (TallyOptions::looks) for an evaluation at `as_of` with these looks taken.
[[nodiscard]] std::vector<TimeMs> look_times(const LookPlan& plan, TimeMs as_of,
                                             const std::optional<std::vector<TakenLook>>& taken);

/// Share of the planned units whose window of this length has closed by `at`, from the ramp's fractions and the end of
/// enrolment, by whole exposure days, as if units came evenly: spending time of success tests, since it does not depend
/// on the data. 0 before the first day's window has closed, 1 from the last look on.
[[nodiscard]] double planned_maturity(const Experiment& experiment, TimeMs window_ms, TimeMs at);

/// The spending time of success tests at a look: as the review recorded it, else planned_maturity().
[[nodiscard]] double maturity_of(const Experiment& experiment, const Look& look, TimeMs window_ms);

/// Share of the planned follow-up (units times length of window) that is over at `at`, likewise; 1 from the last look
/// on.
[[nodiscard]] double planned_follow_up(const Experiment& experiment, TimeMs window_ms, TimeMs at);

}  // namespace tactful
