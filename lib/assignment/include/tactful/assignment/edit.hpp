#pragma once

#include <string>
#include <vector>

#include "tactful/core/json.hpp"
#include "tactful/core/result.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// Units that an edit moves from one place to another, in millionths of all units in scope.
struct EditMove {
  std::string from;  ///< Key of the variant before, or empty: not in the experiment.
  std::string to;    ///< Key of the variant after, or empty.
  double ppm = 0.0;
  bool operator==(const EditMove&) const = default;
};

/// What an edit does to the running version.
enum class EditKind {
  kSame,        ///< Both assign and mean the same; texts for people may differ.
  kFree,        ///< The fingerprint stays: ramp, overrides, dates of the pilot, policy. Nothing is broken.
  kNewVersion,  ///< The fingerprint and the salt are new: all units are drawn afresh, and its data stand alone.
  kKept,        ///< Only weights change and choices are sticky in both: assigned units keep their variant.
  kBreaking,    ///< The fingerprint changes under the old salt: data from before and after would be mixed.
};

[[nodiscard]] std::string_view to_string(EditKind kind) noexcept;

/// What an edit of an experiment does to its units at one moment. Counted, not sampled: the buckets of every draw of
/// both versions are cut at every threshold, and the shares of the pieces are multiplied, draws with different seeds
/// being independent (those of growthbook-1 are not quite: see lint.hpp). Exact but for the rounding of doubles (1e-9
/// ppm). Units are those in scope of both versions; overrides and what a sticky store remembers are not counted.
struct EditImpact {
  EditKind kind = EditKind::kSame;
  double same_ppm = 0.0;      ///< In the experiment before and after, same variant.
  double switched_ppm = 0.0;  ///< In it before and after, another variant.
  double entered_ppm = 0.0;   ///< Not in it before (or held out), in it after.
  double left_ppm = 0.0;
  double outside_ppm = 0.0;         ///< Outside before and after.
  std::vector<EditMove> moves;      ///< Every pair of places that differ, largest first.
  bool scope_changed = false;       ///< Then other units are in scope, which no count of buckets can say.
  bool randomised_changed = false;  ///< Other ids are randomised (unit, cluster, switchback): no share can be said.
  std::string fingerprint_before, fingerprint_after;
  std::vector<std::string> changed;  ///< Names of the file's members inside the fingerprint that differ.

  [[nodiscard]] Json to_json() const;
  /// For a terminal, some lines.
  [[nodiscard]] std::string to_text() const;
};

/// Compares two versions at `now` (which decides the ramp steps in force). Where the randomised ids differ every unit
/// of both counts as switched or entered or left as if drawn independently. Errors: those of Assigner::compile();
/// kInvalidArgument when the keys differ, or there are too many thresholds to count (over 10^7 pieces).
[[nodiscard]] Result<EditImpact> compare_versions(const Experiment& before, const Experiment& after, TimeMs now);

/// Whether a running experiment may be edited so. Errors: kRefused for kBreaking, naming what changed and how to make a
/// new version of it (a new salt).
[[nodiscard]] Status allow_running_edit(const EditImpact& impact);

}  // namespace tactful
