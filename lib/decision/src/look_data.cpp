#include "look_data.hpp"

#include <algorithm>
#include <numeric>

namespace tactful {
namespace {

constexpr std::string_view kPilotPhase = "pilot";

/// The state now, from the whole margin: tallies made without looks have no history, but they do have a present.
LookTally present(const Tally& tally) {
  LookTally look;
  look.at = tally.as_of;
  for (const ArmTally& arm : tally.margins[0].arms) {
    std::vector<LookMetric> metrics;
    for (const ArmMetric& metric : arm.metrics) {
      metrics.push_back({metric.mature, metric.clusters, metric.immature_units, {metric.first_events}});
    }
    look.arms.push_back(std::move(metrics));
  }
  return look;
}

const LookTally* find_look(const Tally& tally, TimeMs at) {
  const auto found =
      std::find_if(tally.looks.begin(), tally.looks.end(), [at](const LookTally& look) { return look.at == at; });
  return found == tally.looks.end() ? nullptr : &*found;
}

bool fits(const Experiment& experiment, const LookTally& look) {
  if (look.arms.size() != experiment.variants.size()) return false;
  return std::all_of(look.arms.begin(), look.arms.end(),
                     [&](const auto& metrics) { return metrics.size() == experiment.metrics.size(); });
}

/// Tables and counts have one look, which spends all of each level. It is spent once a review has taken it, and then
/// the same table with more rows has not another, nor has an edit of the experiment: rows tell no versions apart.
/// Counts know neither dates nor what was looked at before, so that a plan of several looks has none for them.
std::string why_no_look(const Experiment& experiment, const Tally& tally, const EvaluateOptions& options) {
  if (tally.source == TallySource::kEvents || tally.phase != kPilotPhase) return "";
  const std::size_t looks = look_plan(experiment).looks.size();
  if (tally.source == TallySource::kCounts && looks > 1) {
    return "counts tell neither dates nor what was known at earlier looks, and the plan has " + std::to_string(looks) +
           " looks: shown, not tested";
  }
  if (options.other_version_look) {
    return "the one look of these data was taken by the review of " +
           format_date(*options.other_version_look, experiment.utc_offset) +
           ", of another version of the experiment: shown, not tested again";
  }
  for (const TakenLook& look : options.taken) {
    if (look.data.empty() || look.data == tally.data_fingerprint) continue;
    return "the one look of these data was taken by the review of " + format_date(look.at, experiment.utc_offset) +
           ", and they have changed since: shown, not tested again";
  }
  return "";
}

Error lacks_look(const Experiment& experiment, TimeMs at) {
  return {ErrorCode::kConflict,
          "the tally does not know how things stood at the look of " + format_date(at, experiment.utc_offset),
          experiment.key, "tally the events again with the times of the looks that were taken"};
}

}  // namespace

Result<std::unique_ptr<LookData>> look_data(const Experiment& experiment, const Tally& tally,
                                            const EvaluateOptions& options) {
  auto data = std::make_unique<LookData>();
  const bool has_looks = !tally.looks.empty() && tally.looks.back().at == tally.as_of;
  if (!has_looks) data->own = present(tally);
  data->now = has_looks ? &tally.looks.back() : &data->own;
  data->has_calendar = tally.source == TallySource::kEvents && tally.phase == kPilotPhase;
  if (!fits(experiment, *data->now)) {
    return Error{ErrorCode::kConflict, "the looks of the tally have other variants or metrics than the experiment",
                 experiment.key, "tally the data again with this version of the experiment file"};
  }
  if (!data->has_calendar) {
    data->no_look = why_no_look(experiment, tally, options);
    return data;
  }
  std::optional<std::vector<TakenLook>> taken;
  if (!options.taken.empty() || options.taken_is_known) taken = options.taken;
  auto schedule = schedule_looks(look_plan(experiment), tally.as_of, taken, options.as_review, options.as_extra);
  if (!schedule) return schedule.error();
  data->schedule = std::move(schedule).value();
  for (std::size_t i = 0; i < data->schedule.taken.size(); ++i) {
    const Look& look = data->schedule.taken[i];
    const bool is_now = data->schedule.is_planned() && i + 1 == data->schedule.taken.size();
    const LookTally* state = is_now ? data->now : find_look(tally, look.at);
    if (state == nullptr || !fits(experiment, *state)) return lacks_look(experiment, look.at);
    data->taken.push_back(state);
  }
  return data;
}

std::int64_t first_events(const LookMetric& metric) noexcept {
  return std::accumulate(metric.first_events.begin(), metric.first_events.end(), std::int64_t{0});
}

std::int64_t mature_count(const LookMetric& metric, bool is_clustered) noexcept {
  return is_clustered ? metric.clusters.clusters : metric.mature.units;
}

}  // namespace tactful
