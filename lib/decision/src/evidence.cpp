#include "evidence.hpp"

#include <algorithm>

#include "tactful/core/file.hpp"
#include "tactful/core/text.hpp"
#include "tactful/decision/looks.hpp"
#include "tactful/decision/phases.hpp"
#include "tactful/decision/promote.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful {
namespace {

/// The override by which this variant may be promoted against that review's recommendation, or nothing.
const OverrideEntry* valid_override(const History& history, const ReviewEntry& review, const std::string& variant) {
  for (auto entry = history.overrides.rbegin(); entry != history.overrides.rend(); ++entry) {
    if (entry->fingerprint != review.fingerprint || entry->review != review.sequence) continue;
    // The latest word on that review counts.
    return entry->decision == to_string(Action::kPromote) && entry->variant == variant ? &*entry : nullptr;
  }
  return nullptr;
}

/// The first planned look behind those taken whose date lies between the review and `at`.
std::optional<Look> overdue_look(const LookPlan& plan, const std::vector<TakenLook>& taken, const ReviewEntry& review,
                                 TimeMs at) {
  const auto last = static_cast<std::size_t>(taken.empty() ? 0 : taken.back().planned);
  for (std::size_t i = last; i < plan.looks.size(); ++i) {
    const TimeMs date = plan.looks[i];
    if (date > review.as_of && date <= at) return Look{static_cast<int>(i) + 1, date, date, 1.0, {}};
  }
  return std::nullopt;
}

bool is_waived(const Check& check) { return check.invalidating && check.status == CheckStatus::kFail && check.waived; }

/// Alarms that the review, and with it who decided against it, did not know. What was stopped by itself since harms
/// nobody any more, and stands in the way of no other wording.
std::vector<std::string> new_alarms(const Scorecard& scorecard, const ReviewEntry& review) {
  std::vector<std::string> alarms;
  for (const HarmWatch& watch : scorecard.harm) {
    const bool is_stopped = std::any_of(scorecard.arms.begin(), scorecard.arms.end(), [&](const ScorecardArm& arm) {
      return arm.variant == watch.variant && arm.stopped_at;
    });
    if (is_stopped) continue;
    const auto same = [&](const ReviewAlarm& one) {
      return one.variant == watch.variant && one.metric == watch.metric;
    };
    if (watch.alarm == HarmAlarm::kNone || std::any_of(review.alarms.begin(), review.alarms.end(), same)) continue;
    alarms.push_back("harm is shown since the review: " + watch.metric + " of " + printable(watch.variant));
  }
  return alarms;
}

void add_present_state(const Evidence& evidence, const Scorecard& scorecard, std::vector<std::string>& reasons) {
  const Recommendation& now = scorecard.recommendation;
  const std::string& then = evidence.review->action;
  const bool is_known = evidence.override_entry != nullptr && then == to_string(now.action);
  const bool is_invalid = now.action == Action::kInvalid && !is_known;
  const bool is_stopped = now.action == Action::kStop && evidence.override_entry == nullptr;
  if (is_invalid || is_stopped) {
    reasons.push_back("as of now the scorecard recommends " + std::string(to_string(now.action)) + ", not promote");
    for (const std::string& reason : now.reasons) reasons.push_back(printable(reason));
  } else if (evidence.override_entry != nullptr) {
    for (std::string& alarm : new_alarms(scorecard, *evidence.review)) reasons.push_back(std::move(alarm));
  }
}

}  // namespace

Result<Evidence> evidence_of(const std::filesystem::path& folder, const Experiment& experiment, const Ledger& ledger,
                             const History& history, const Lifecycle& lifecycle, const std::string& variant,
                             TimeMs at) {
  Evidence evidence;
  const std::string version = fingerprint(experiment);
  evidence.review = history.latest(version, lifecycle.phase);
  if (evidence.review == nullptr) return evidence;
  evidence.override_entry = valid_override(history, *evidence.review, variant);
  const auto content = read_file(folder / evidence.review->file);
  evidence.is_whole = content && ledger_digest(*content) == evidence.review->digest;
  const auto phase = find_phase(experiment, ledger, lifecycle.phase);
  if (!phase) return phase.error();
  const LookPlan plan = look_plan(*phase ? phase_experiment(experiment, **phase) : experiment);
  evidence.overdue = overdue_look(plan, history.taken(version, lifecycle.phase), *evidence.review, at);
  return evidence;
}

std::vector<std::string> waived_since(const Scorecard& scorecard, const ReviewEntry* review) {
  std::vector<std::string> checks;
  for (const Check& check : scorecard.checks) {
    const auto same = [&](const std::string& one) { return one == check.check; };
    const bool was_waived = review != nullptr && std::any_of(review->waived.begin(), review->waived.end(), same);
    if (is_waived(check) && !was_waived) checks.push_back(check.check);
  }
  return checks;
}

bool has_waivers(const Scorecard& scorecard) {
  return std::any_of(scorecard.checks.begin(), scorecard.checks.end(), is_waived);
}

std::vector<std::string> review_obstacles(const Evidence& evidence, const Scorecard& scorecard,
                                          const std::string& phase, TimeMs at) {
  if (evidence.review == nullptr) {
    return {"a review is due: none of this version was taken in phase " + phase +
            ", and a promotion rests on one (tactful review)"};
  }
  std::vector<std::string> reasons;
  const std::string number = std::to_string(evidence.review->sequence);
  const UtcOffset offset = scorecard.utc_offset;
  if (!evidence.is_whole) {
    reasons.push_back("the frozen file of review " + number + " is missing or was edited (tactful review --verify " +
                      number + ")");
  }
  const bool has_dates = scorecard.source == TallySource::kEvents;
  if (!has_dates && evidence.review->data_fingerprint != scorecard.data_fingerprint) {
    reasons.push_back("a review is due: these are not the data of review " + number + " (tactful review)");
  }
  if (evidence.overdue && has_dates) {
    reasons.push_back("a review is due: planned look " + std::to_string(evidence.overdue->planned) + " of " +
                      format_date(evidence.overdue->date, offset) + " came after review " + number +
                      " (tactful review)");
  }
  if (scorecard.as_of + kOnTime < at || scorecard.as_of < evidence.review->as_of) {
    reasons.push_back("the scorecard is as of " + format_time(scorecard.as_of, offset) +
                      ": what is known now decides whether anything stands in the way (leave --as-of out)");
  }
  add_present_state(evidence, scorecard, reasons);
  return reasons;
}

Result<Recommendation> standing_recommendation(const std::filesystem::path& folder, const Experiment& experiment,
                                               const Scorecard& scorecard, const Ledger& ledger, TimeMs at) {
  Recommendation now = scorecard.recommendation;
  if (now.action == Action::kStop || now.action == Action::kInvalid) return now;
  const auto lifecycle = lifecycle_of(experiment, ledger);
  if (!lifecycle) return lifecycle.error();
  const auto history = history_of(experiment, ledger);
  if (!history) return history.error();
  Lifecycle shown = *lifecycle;
  shown.phase = scorecard.phase;
  const auto evidence = evidence_of(folder, experiment, ledger, *history, shown, "", at);
  if (!evidence) return evidence.error();
  const ReviewEntry* review = evidence->review;
  std::vector<std::string> open = review_obstacles(*evidence, scorecard, scorecard.phase, at);
  for (const std::string& check : waived_since(scorecard, review))
    open.push_back("the failed check " + check + " was not accepted by the latest review");
  const bool is_promotion = review != nullptr && review->action == to_string(Action::kPromote);
  if (is_promotion && open.empty()) {
    Recommendation standing{Action::kPromote, review->variant, review->reasons};
    standing.reasons.push_back("so review " + std::to_string(review->sequence) + " of " +
                               format_date(review->as_of, experiment.utc_offset) +
                               " recommends, and nothing stands in the way");
    return standing;
  }
  if (now.action == Action::kPromote) {
    now = Recommendation{Action::kContinue, "", {"only a review promotes, and the latest does not"}};
    if (open.empty()) open.push_back("a review is due: the latest did not recommend what the numbers say now");
  } else if (!is_promotion) {
    return now;
  }
  for (std::string& reason : open) now.reasons.push_back(std::move(reason));
  return now;
}

}  // namespace tactful
