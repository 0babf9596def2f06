#include "tactful/tally/tally_events.hpp"

#include <limits>
#include <memory>
#include <mutex>

#include "cells.hpp"
#include "looks.hpp"
#include "parallel.hpp"
#include "segments.hpp"
#include "tally_builder.hpp"
#include "tally_plan.hpp"
#include "tally_wide.hpp"
#include "unit_join.hpp"

namespace tactful {
namespace {

/// Codes of the source that a scan compares with.
struct ScanCodes {
  std::int32_t experiment = 0;
  std::optional<std::int32_t> phase;
  std::optional<std::int32_t> fingerprint;
  std::vector<std::int32_t> kinds;
  TimeMs enrolment_start = 0;  ///< Exposures of the phase outside of [start, end) are left out.
  TimeMs enrolment_end = 0;
};

/// Distributes the events of one partition over the join's buckets. Thread-safety: one thread.
class PartitionScan {
 public:
  PartitionScan(const TallyPlan& plan, const EventSource& source, const ScanCodes& codes, SegmentRegistry& segments,
                Accumulator& counts, JoinBuckets& buckets)
      : plan_(plan),
        source_(source),
        codes_(codes),
        counts_(counts),
        buckets_(buckets),
        segments_(source, plan.experiment->segments, segments) {}

  [[nodiscard]] Status run(std::size_t partition) {
    if (auto status = source_.scan_exposures(partition, codes_.experiment, plan_.as_of,
                                             [this](const ExposureBlock& block) { add_exposures(block); });
        !status) {
      return status;
    }
    if (problem_) return *problem_;
    if (auto status = source_.scan_deliveries(partition, codes_.experiment, plan_.as_of,
                                              [this](const DeliveryBlock& block) { add_deliveries(block); });
        !status) {
      return status;
    }
    if (codes_.kinds.empty()) return {};
    return source_.scan_outcomes(partition, codes_.kinds, plan_.experiment->pilot.start, plan_.as_of,
                                 [this](const OutcomeBlock& block) { add_outcomes(block); });
  }

 private:
  void add_exposures(const ExposureBlock& block) {
    Integrity& integrity = counts_.integrity;
    for (std::size_t i = 0; i < block.unit.size(); ++i) {
      if (block.at[i] >= plan_.as_of || !codes_.phase) continue;
      if (block.phase[i] != *codes_.phase) {
        buckets_.bucket_of(block.unit[i]).elsewhere.push_back({block.unit[i], block.at[i]});
        continue;
      }
      ++integrity.exposures;
      const std::int32_t version = block.fingerprint[i];
      if (version == 0) {
        counts_.imported = true;
      } else if (!codes_.fingerprint || version != *codes_.fingerprint) {
        ++integrity.other_fingerprint_exposures;
      }
      const int variant = plan_.variant_of(block.variant[i]);
      if (variant < 0) {
        ++integrity.unknown_variant_exposures;
        leave_out(block, i);
        continue;
      }
      if (block.at[i] < codes_.enrolment_start || block.at[i] >= codes_.enrolment_end) {
        ++integrity.outside_enrolment_exposures;
        leave_out(block, i);
        continue;
      }
      if (block.at[i] >= plan_.stopped_at[static_cast<std::size_t>(variant)]) {
        ++integrity.stopped_variant_exposures;
        leave_out(block, i);
        continue;
      }
      const auto segment = segments_.key_of(block.segments[i]);
      if (!segment) {
        problem_ = segment.error();
        return;
      }
      buckets_.bucket_of(block.unit[i])
          .exposures.push_back({block.unit[i], block.cluster[i], block.at[i], *segment, variant});
    }
  }

  void leave_out(const ExposureBlock& block, std::size_t i) {
    buckets_.bucket_of(block.unit[i]).left_out.push_back({block.unit[i], block.at[i]});
  }

  void add_deliveries(const DeliveryBlock& block) {
    for (std::size_t i = 0; i < block.unit.size(); ++i) {
      if (block.at[i] >= plan_.as_of) continue;
      const bool is_of_phase = codes_.phase && block.phase[i] == *codes_.phase;
      // A refusal before the assignment knows no phase.
      if (block.variant[i] == 0 && (is_of_phase || block.phase[i] == 0)) ++counts_.holds[block.reason[i]];
      if (!is_of_phase) continue;
      JoinBuckets::Bucket& bucket = buckets_.bucket_of(block.unit[i]);
      if (bucket.exposures.empty()) continue;
      const std::int32_t variant = block.variant[i] == 0 ? JoinBuckets::kHeld : plan_.variant_of(block.variant[i]);
      bucket.deliveries.push_back({block.unit[i], block.at[i], variant, block.reason[i] != 0});
    }
  }

  void add_outcomes(const OutcomeBlock& block) {
    const TimeMs start = plan_.experiment->pilot.start;
    for (std::size_t i = 0; i < block.unit.size(); ++i) {
      if (block.at[i] >= plan_.as_of || block.at[i] < start) continue;
      const int kind = plan_.kind_of(block.kind[i]);
      if (kind < 0) continue;
      JoinBuckets::Bucket& bucket = buckets_.bucket_of(block.unit[i]);
      if (bucket.exposures.empty()) continue;
      bucket.outcomes.push_back({block.unit[i], block.at[i], block.value[i], kind});
    }
  }

  const TallyPlan& plan_;
  const EventSource& source_;
  const ScanCodes& codes_;
  Accumulator& counts_;
  JoinBuckets& buckets_;
  SegmentReader segments_;
  std::optional<Error> problem_;
};

/// Scans and joins every partition; partitions run in parallel, and the buckets of one when there are more threads than
/// partitions.
Status join_partitions(const TallyPlan& plan, const EventSource& source, const ScanCodes& codes,
                       SegmentRegistry& segments, std::size_t threads, std::vector<Accumulator>& parts) {
  const std::size_t outer = std::max<std::size_t>(1, std::min(threads, source.partitions()));
  const std::size_t inner = std::max<std::size_t>(1, threads / outer);
  parts.assign(outer * inner, Accumulator(plan));
  std::vector<UnitJoin> joins(outer * inner, UnitJoin(plan, segments));
  std::vector<std::unique_ptr<JoinBuckets>> buckets(outer);
  for (auto& place : buckets) place = std::make_unique<JoinBuckets>();
  std::mutex mutex;
  std::optional<std::pair<std::size_t, Error>>
      problem;  // of the first partition, so that the message does not depend on timing
  run_parallel(source.partitions(), outer, [&](std::size_t partition, std::size_t worker) {
    JoinBuckets& mine = *buckets[worker];
    mine.clear();
    PartitionScan scan(plan, source, codes, segments, parts[worker * inner], mine);
    if (auto status = scan.run(partition); !status) {
      const std::lock_guard<std::mutex> lock(mutex);
      if (!problem || partition < problem->first) problem.emplace(partition, status.error());
      return;
    }
    run_parallel(JoinBuckets::kBuckets, inner, [&](std::size_t bucket, std::size_t helper) {
      joins[worker * inner + helper].run(mine.buckets[bucket], parts[worker * inner + helper]);
    });
  });
  if (problem) return problem->second;
  return {};
}

/// Holds of every thread by the text of their reason.
std::vector<HoldCount> holds_of(const std::vector<Accumulator>& parts, const EventSource& source) {
  std::map<std::string, std::int64_t> counts;
  for (const Accumulator& part : parts) {
    for (const auto& [reason, count] : part.holds) counts[std::string(source.text(reason))] += count;
  }
  std::vector<HoldCount> holds;
  for (const auto& [reason, count] : counts) holds.push_back({reason, count});
  return holds;
}

/// What the source has been through, which its events do not tell.
void add_history(const SourceHistory& history, const Experiment& experiment, Integrity& integrity) {
  integrity.journal_dropped = history.dropped;
  integrity.journal_failed = history.failed;
  integrity.journal_refused = history.refused;
  integrity.erased_units = history.erased_units_since(std::numeric_limits<TimeMs>::min(), experiment.key);
  integrity.purged_before = history.purged_before;
}

/// The pilot enrols from its start to plan.enrolment_end; another phase up to the end that the caller knows, if any.
void set_enrolment(const Experiment& experiment, const TallyOptions& options, bool is_pilot, ScanCodes& codes) {
  codes.enrolment_start = is_pilot ? experiment.pilot.start : std::numeric_limits<TimeMs>::min();
  codes.enrolment_end =
      is_pilot ? experiment.plan.enrolment_end : options.enrolment_end.value_or(std::numeric_limits<TimeMs>::max());
}

Error nothing_found(const Experiment& experiment, const TallyOptions& options) {
  return {ErrorCode::kInsufficientData,
          "there is no exposure of experiment " + experiment.key + " in phase " + options.phase + " before " +
              format_time(options.as_of, experiment.utc_offset),
          experiment.key,
          "collect the senders' journals or import the data, and check the key, the phase and the time"};
}

}  // namespace

Result<Tally> tally_events(const Experiment& experiment, const EventSource& source, const TallyOptions& options) {
  if (options.threads < 1 || options.threads > 64) {
    return Error{ErrorCode::kInvalidArgument,
                 "threads must be between 1 and 64, not " + std::to_string(options.threads), "threads", ""};
  }
  auto plan = make_tally_plan(experiment, source, options);
  if (!plan) return plan.error();
  const auto code = source.code(experiment.key);
  if (!code) return nothing_found(experiment, options);

  ScanCodes codes{*code, source.code(options.phase), source.code(plan->fingerprint), {}};
  set_enrolment(experiment, options, plan->is_pilot, codes);
  for (const KindPlan& kind : plan->kinds) {
    if (kind.code) codes.kinds.push_back(*kind.code);
  }
  SegmentRegistry segments;
  std::vector<Accumulator> parts;
  if (auto status = join_partitions(*plan, source, codes, segments, static_cast<std::size_t>(options.threads), parts);
      !status) {
    return status.error();
  }
  bool has_events = false;
  for (const Accumulator& part : parts) has_events = has_events || part.integrity.exposures > 0;

  TallyPlan wide_plan = *plan;
  wide_plan.all_mature = true;
  wide_plan.looks = {options.as_of};
  std::vector<Accumulator> wide_parts(1, Accumulator(wide_plan));
  auto wide = tally_wide(wide_plan, source, *code, segments, wide_parts.front());
  if (!wide) return wide.error();
  if (wide->rows > 0 && has_events) {
    return Error{ErrorCode::kInvalidInput,
                 "the source has both events and a wide table for experiment " + experiment.key, experiment.key,
                 "keep one of them: a wide table has no times, so the two cannot be added"};
  }
  const bool is_wide = wide_parts.front().integrity.exposures > 0 && options.phase == "pilot";
  if (!is_wide && !has_events) return nothing_found(experiment, options);

  auto data = source.data_fingerprint();
  if (!data) return data.error();
  const auto history = source.history();
  if (!history) return history.error();
  Tally tally =
      TallyBuilder(is_wide ? wide_plan : *plan, segments).build(is_wide ? wide_parts : parts, options.threads);
  tally.source = is_wide ? TallySource::kWide : TallySource::kEvents;
  tally.phase = options.phase;
  tally.data_fingerprint = std::move(*data);
  if (is_wide) tally.unavailable = std::move(wide->unavailable);
  if (is_wide) add_single_look(tally);
  tally.integrity.holds = holds_of(parts, source);
  add_history(*history, experiment, tally.integrity);
  return tally;
}

}  // namespace tactful
