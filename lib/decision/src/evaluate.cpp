#include "tactful/decision/evaluate.hpp"

#include <algorithm>

#include "checks.hpp"
#include "harm_watch.hpp"
#include "look_data.hpp"
#include "metric_results.hpp"
#include "outlook.hpp"
#include "recommend.hpp"
#include "segment_effects.hpp"
#include "stopped_variants.hpp"
#include "summary.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/experiment_file.hpp"
#include "time_course.hpp"

namespace tactful {
namespace {

Status check_belongs(const Experiment& experiment, const Tally& tally) {
  const auto conflict = [&](std::string message) {
    return Error{ErrorCode::kConflict, std::move(message), experiment.key,
                 "tally the data again with this version of the experiment file"};
  };
  if (tally.experiment != experiment.key)
    return conflict("the tally is of experiment " + tally.experiment + ", not of " + experiment.key);
  if (tally.fingerprint != fingerprint(experiment))
    return conflict("the tally was made with another version of the experiment");
  bool fits = !tally.margins.empty();
  for (const MarginTally& margin : tally.margins) {
    fits = fits && margin.arms.size() == experiment.variants.size();
    for (const ArmTally& arm : margin.arms) fits = fits && arm.metrics.size() == experiment.metrics.size();
  }
  return fits ? Status{} : Status{conflict("the tally has other variants or metrics than the experiment")};
}

Status check_waivers(const EvaluateOptions& options) {
  for (const std::string& waived : options.waived_checks) {
    if (waived == kImplausibleLift || std::find(kCheckIds.begin(), kCheckIds.end(), waived) != kCheckIds.end())
      continue;
    const auto nearest = nearest_word(waived, kCheckIds);
    return Error{ErrorCode::kNotFound, "there is no check " + printable(waived), "waived_checks",
                 nearest ? "did you mean " + *nearest + "?" : "docs/reference/scorecard.md lists the checks"};
  }
  return {};
}

/// How units were randomised, in words. Data from elsewhere must say it: a table of reminded and not reminded customers
/// looks exactly like an experiment, and is wrong by any amount.
Result<std::string> randomisation_of(const Experiment& experiment, const Tally& tally, const EvaluateOptions& options) {
  if (!options.randomisation.empty()) return options.randomisation;
  if (!experiment.randomisation.empty()) return experiment.randomisation;
  if (!tally.imported) {
    return "assigned by hash, scheme " + experiment.scheme + ", salt " + experiment.salt + ", by " +
           (experiment.is_clustered() ? experiment.cluster : experiment.unit);
  }
  return Error{ErrorCode::kInvalidExperiment,
               "the data were imported, and nobody says how units were randomised; without random assignment a "
               "difference between "
               "variants says nothing about the wording",
               "/randomisation",
               "if chance decided who got which wording, write in `randomisation` how (who drew, by what, with which "
               "shares); if people, dates or "
               "rules decided, this is no experiment, and no test here can make it one"};
}

void apply_waivers(const EvaluateOptions& options, std::vector<Check>& checks) {
  for (Check& check : checks) {
    check.waived = check.status == CheckStatus::kFail && options.waived_checks.count(check.check) != 0;
  }
}

void set_looks(const LookData& data, Scorecard& card) {
  if (!data.has_calendar) {
    // Wide tables and counts are final: their windows are as supplied. Other phases have a plan of their own, or none.
    card.planned_look = card.is_last_look =
        card.phase == "pilot" && card.source != TallySource::kEvents && data.no_look.empty();
    card.look = card.planned_look ? 1 : 0;
    return;
  }
  const LookSchedule& schedule = data.schedule;
  card.planned_look = schedule.is_planned();
  card.look = schedule.current;
  card.is_last_look = schedule.is_last();
  for (std::size_t i = 0; i < schedule.plan.looks.size(); ++i) {
    card.looks.push_back({static_cast<int>(i) + 1, schedule.plan.looks[i], std::nullopt});
  }
  for (const Look& look : schedule.taken) card.looks[static_cast<std::size_t>(look.planned) - 1].taken = look.at;
}

Scorecard identity(const Experiment& experiment, const Tally& tally, const LookData& data, std::string randomisation) {
  Scorecard card;
  card.experiment = experiment.key;
  card.title = experiment.title;
  card.fingerprint = tally.fingerprint;
  card.data_fingerprint = tally.data_fingerprint;
  card.as_of = tally.as_of;
  card.utc_offset = experiment.utc_offset;
  card.phase = tally.phase;
  card.source = tally.source;
  card.last_look = experiment.last_look();
  set_looks(data, card);
  card.randomised = experiment.is_clustered() ? experiment.cluster : experiment.unit;
  card.randomisation = std::move(randomisation);
  card.plan = experiment.plan;
  for (std::size_t v = 0; v < experiment.variants.size(); ++v) {
    const ArmTally& arm = tally.margins[0].arms[v];
    card.arms.push_back({experiment.variants[v].key, arm.units, arm.clusters, experiment.variants[v].weight});
  }
  return card;
}

/// An alarm of a guardrail that is shown to be within its margin all the same is none: the margin was called
/// acceptable. Between planned looks it must have been shown at the last of them, too. Alarms that a review entered
/// stay, and data that a failed check makes invalid show no margin.
void settle_alarms(const ResultInput& input, const std::vector<LookTest>& tests, Scorecard& card) {
  for (HarmWatch& watch : card.harm) {
    if (watch.alarm == HarmAlarm::kNone || watch.alarm == HarmAlarm::kLatched) continue;
    for (std::size_t i = 0; i < tests.size(); ++i) {
      const MetricResult& result = card.metrics[i];
      if (result.metric != watch.metric || result.variant != watch.variant || result.role != Role::kGuardrail) continue;
      const bool is_within =
          result.verdict == Verdict::kSafeButWorse || result.verdict == Verdict::kSafe ||
          (!card.planned_look && is_within_margin(input, tests[i]) && was_within_margin(input, tests[i]));
      if (!is_within) continue;
      watch.within_margin = true;
      watch.alarm = HarmAlarm::kNone;
      watch.alarm_at.reset();
    }
  }
}

bool is_protected(const Experiment& experiment, const MarginTally& margin) {
  const ProtectedSegment wanted{margin.segment, margin.value};
  const auto& list = experiment.plan.protected_segments;
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

SegmentResult segment_result(const ResultInput& input, const std::vector<LookTest>& tests, const MarginTally& margin,
                             Depth depth) {
  SegmentResult segment{margin.segment, margin.value, metric_results(input, tests, margin, Depth::kShow, false), false};
  segment.is_protected = is_protected(input.experiment, margin);
  if (!segment.is_protected || depth == Depth::kShow) return segment;
  // All of them must be safe, so each is tested at the level of the whole.
  std::vector<MetricResult> tested = metric_results(input, tests, margin, Depth::kDecide, false);
  for (std::size_t i = 0; i < tested.size(); ++i) {
    if (tested[i].role == Role::kGuardrail) segment.metrics[i] = std::move(tested[i]);
  }
  return segment;
}

void add_results(const ResultInput& input, const std::vector<LookTest>& tests, Scorecard& card) {
  const Tally& tally = input.tally;
  const Depth depth = card.planned_look ? Depth::kDecide : Depth::kShow;
  card.metrics = metric_results(input, tests, tally.margins[0], depth, true);
  if (tally.integrity.units_in_two_variants > 0) {
    card.sensitivity = metric_results(input, tests, tally.without_crossovers, depth, false);
  }
  for (std::size_t i = 1; i < tally.margins.size(); ++i) {
    card.segments.push_back(segment_result(input, tests, tally.margins[i], depth));
  }
}

/// A protected segment that nobody of has come yet is not shown safe.
void add_missing_segments(const Experiment& experiment, Scorecard& card) {
  for (const ProtectedSegment& wanted : experiment.plan.protected_segments) {
    const auto is_there = [&](const SegmentResult& one) {
      return one.segment == wanted.segment && one.value == wanted.value;
    };
    if (!card.planned_look || std::any_of(card.segments.begin(), card.segments.end(), is_there)) continue;
    SegmentResult segment{wanted.segment, wanted.value, {}, true};
    for (const MetricResult& whole : card.metrics) {
      if (whole.role != Role::kGuardrail) continue;
      MetricResult result;
      result.metric = whole.metric;
      result.role = whole.role;
      result.kind = whole.kind;
      result.variant = whole.variant;
      result.unavailable = "nobody of this segment was exposed";
      segment.metrics.push_back(std::move(result));
    }
    card.segments.push_back(std::move(segment));
  }
}

/// Effects over time, where the tally knows the ages of events and nothing makes effects meaningless.
void add_time_courses(const Experiment& experiment, const Tally& tally, Scorecard& card) {
  const auto& metrics = tally.margins[0].arms[0].metrics;
  const bool has_ages = std::any_of(metrics.begin(), metrics.end(),
                                    [](const ArmMetric& metric) { return !metric.ages.first_events.empty(); });
  if (!has_ages || invalidating(card.checks) != nullptr) return;
  card.time_course = time_courses(experiment, tally);
  add_time_checks(experiment, card.time_course, card.checks);
}

/// What data without dates cannot say, where somebody may decide by them.
void tell_limits(const Tally& tally, const LookData& data, Recommendation& recommendation) {
  if (!data.no_look.empty() && recommendation.action == Action::kContinue)
    recommendation.reasons = {data.no_look,
                              "harm is not tested here either: who sees it stops by hand (tactful stop)"};
  if (tally.source == TallySource::kCounts && !tally.data_fingerprint.empty()) {
    recommendation.reasons.push_back(
        "counts lack the moments of exposures and outcomes: maturity, units counted twice or in two variants, and "
        "earlier looks cannot be checked");
  }
}

void blank_all(Scorecard& card, const std::string& why) {
  blank(card.metrics, why);
  blank(card.sensitivity, why);
  for (SegmentResult& segment : card.segments) blank(segment.metrics, why);
  card.time_course.clear();
  Check& lifts = card.checks.back();
  lifts.detail = "not judged: " + why;
  lifts.status = CheckStatus::kOk;
  lifts.likely_cause.clear();
  lifts.next_step.clear();
}

}  // namespace

Result<Scorecard> evaluate(const Experiment& experiment, const Tally& tally, const EvaluateOptions& options) {
  const EvaluateOptions then = without_later_stops(tally, options);
  auto card = evaluate_running(experiment, tally, then);
  if (!card) return card;
  if (const Status added = add_stopped(experiment, tally, then, *card); !added) return added.error();
  return card;
}

Result<Scorecard> evaluate_running(const Experiment& experiment, const Tally& tally, const EvaluateOptions& options) {
  if (auto status = check_belongs(experiment, tally); !status) return status.error();
  if (auto status = check_waivers(options); !status) return status.error();
  auto randomisation = randomisation_of(experiment, tally, options);
  if (!randomisation) return randomisation.error();
  if (std::all_of(tally.margins[0].arms.begin(), tally.margins[0].arms.end(),
                  [](const ArmTally& arm) { return arm.units == 0; })) {
    return Error{ErrorCode::kInsufficientData, "no variant of experiment " + experiment.key + " has a unit",
                 experiment.key, "check the names of the variants and the dates of the pilot against the data"};
  }
  auto data = look_data(experiment, tally, options);
  if (!data) return data.error();
  Scorecard card = identity(experiment, tally, **data, std::move(randomisation).value());
  const Experiment tested = still_tested(experiment, options.stopped);
  const CheckInput checked{tested, tally, card.randomisation, kCheckAlpha, options.stopped};
  card.checks = run_checks(checked);
  apply_waivers(options, card.checks);
  BoundCache bounds;
  const ResultInput input{tested, tally, **data, bounds, options.with_repeated_p, make_levels(experiment)};
  card.harm = watch_harm(tested, tally, **data, options, bounds);
  const std::vector<LookTest> tests = look_tests(input, card.harm);
  add_results(input, tests, card);
  add_missing_segments(experiment, card);
  blank_stopped(options.stopped, card);
  if (invalidating(card.checks) == nullptr) settle_alarms(input, tests, card);
  for (HarmWatch& watch : card.harm) watch.reading = reading_of(watch, card);
  add_time_courses(tested, tally, card);
  if (invalidating(card.checks) == nullptr) add_segment_checks(checked, card.checks);
  card.checks.push_back(check_lifts(card.metrics));
  apply_waivers(options, card.checks);
  std::vector<Outlook> outlooks;
  if ((*data)->has_calendar && !card.is_last_look) outlooks = make_outlooks(input, tests, card.metrics);
  if (const Check* failed = invalidating(card.checks)) blank_all(card, "check " + failed->check + " failed");
  if (invalidating(card.checks) == nullptr) {
    card.segment_effects = segment_effects(card, experiment.is_clustered(), options.stopped);
  }
  card.recommendation = recommend(tested, card, outlooks);
  tell_limits(tally, **data, card.recommendation);
  if (card.planned_look && invalidating(card.checks) == nullptr) {
    const bool is_promotion = card.recommendation.action == Action::kPromote;
    if (options.with_repeated_p) {
      card.winner =
          winner_estimate(input, tests, card.metrics, is_promotion ? card.recommendation.variant : std::string());
    }
    card.score = scores(input, card.metrics);
  }
  card.overrides = options.overrides;
  card.holds = tally.integrity.holds;
  return card;
}

}  // namespace tactful
