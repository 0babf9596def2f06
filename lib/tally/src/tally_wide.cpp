#include "tally_wide.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace tactful {
namespace {

/// One unit while its rows are read.
struct WideUnit {
  TimeMs at = 0;
  bool has_time = false;
  bool crossed = false;
  int variant = 0;
  int segment_key = 0;
  UnitId cluster = 0;
  std::uint64_t present = 0, events = 0;
  std::vector<double> values;
};

/// The outcome columns of one block by metric, nullptr where the table lacks it.
std::vector<const WideOutcome*> outcomes_by_metric(const TallyPlan& plan, const WideBlock& block) {
  std::vector<const WideOutcome*> found(plan.metrics.size(), nullptr);
  for (const WideOutcome& outcome : block.outcomes) {
    const int kind = plan.kind_of(outcome.kind);
    if (kind < 0) continue;
    for (const std::size_t m : plan.kinds[static_cast<std::size_t>(kind)].metrics) found[m] = &outcome;
  }
  return found;
}

/// Reads the rows of one partition.
class WideReader {
 public:
  WideReader(const TallyPlan& plan, const EventSource& source, SegmentRegistry& segments, Accumulator& into)
      : plan_(plan), source_(source), segments_(segments), into_(into), has_column_(plan.metrics.size(), false) {}

  void read(const WideBlock& block) {
    const auto columns = outcomes_by_metric(plan_, block);
    for (std::size_t m = 0; m < columns.size(); ++m) {
      if (columns[m] != nullptr) has_column_[m] = true;
    }
    rows_ += static_cast<std::int64_t>(block.unit.size());
    for (std::size_t row = 0; row < block.unit.size(); ++row) read_row(block, row, columns);
  }

  /// Hands the units read so far to the accumulator.
  void flush() {
    for (const auto& [id, unit] : units_) {
      UnitRecord record;
      record.cluster = unit.cluster;
      record.at = unit.at;
      record.has_time = unit.has_time;
      record.variant = unit.variant;
      record.segment_key = unit.segment_key;
      record.crossed = unit.crossed;
      record.present = unit.present;
      record.events = unit.events;
      record.values = unit.values.data();
      into_.add(record);
    }
    units_.clear();
  }

  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }
  [[nodiscard]] const std::vector<bool>& has_column() const noexcept { return has_column_; }

 private:
  void read_row(const WideBlock& block, std::size_t row, const std::vector<const WideOutcome*>& columns) {
    const bool has_time = !block.at.empty();
    const TimeMs at = has_time ? block.at[row] : 0;
    if (has_time && at >= plan_.as_of) {
      ++into_.integrity.rows_after_as_of;
      return;
    }
    ++into_.integrity.exposures;
    const int variant = plan_.variant_of(block.variant[row]);
    if (variant < 0) {
      ++into_.integrity.unknown_variant_exposures;
      return;
    }
    const Experiment& experiment = *plan_.experiment;
    if (has_time && (at < experiment.pilot.start || at >= experiment.plan.enrolment_end)) {
      ++into_.integrity.outside_enrolment_exposures;
    }
    const auto [place, is_new] = units_.try_emplace(block.unit[row]);
    WideUnit& unit = place->second;
    if (!is_new) {
      if (unit.variant != variant) unit.crossed = true;
      if (std::tie(unit.at, unit.variant) <= std::tie(at, variant)) return;
    }
    unit.at = at;
    unit.has_time = has_time;
    unit.variant = variant;
    unit.cluster = block.cluster.empty() ? 0 : block.cluster[row];
    unit.segment_key = segment_key(block, row);
    unit.present = 0;
    unit.events = 0;
    unit.values.assign(plan_.columns, 0.0);
    for (std::size_t m = 0; m < columns.size(); ++m) {
      if (columns[m] == nullptr || columns[m]->present[row] == 0) continue;
      const std::uint64_t bit = std::uint64_t{1} << m;
      unit.present |= bit;
      double value = columns[m]->value[row];
      if (value < plan_.metrics[m].minimum) {
        // Such an outcome is none: missing where the value of the first counts, else nothing.
        value = 0.0;
        if (plan_.metrics[m].aggregation == Aggregation::kFirst) unit.present &= ~bit;
      }
      if (value != 0.0 && (unit.present & bit) != 0) unit.events |= bit;
      if (plan_.metrics[m].aggregation != Aggregation::kAny) unit.values[plan_.metrics[m].column] = value;
    }
  }

  int segment_key(const WideBlock& block, std::size_t row) {
    std::vector<std::int32_t> codes;
    for (const WideSegment& segment : block.segments) {
      codes.push_back(segment.name);
      codes.push_back(segment.value[row]);
    }
    const auto known = keys_.find(codes);
    if (known != keys_.end()) return known->second;
    SegmentRegistry::Values values;
    for (const std::string& name : plan_.experiment->segments) {
      for (const WideSegment& segment : block.segments) {
        if (segment.value[row] == 0 || source_.text(segment.name) != name) continue;
        values.emplace_back(name, std::string(source_.text(segment.value[row])));
      }
    }
    const int key = segments_.intern(values);
    keys_.emplace(std::move(codes), key);
    return key;
  }

  const TallyPlan& plan_;
  const EventSource& source_;
  SegmentRegistry& segments_;
  Accumulator& into_;
  std::unordered_map<UnitId, WideUnit> units_;
  std::map<std::vector<std::int32_t>, int> keys_;
  std::vector<bool> has_column_;
  std::int64_t rows_ = 0;
};

}  // namespace

Result<WideResult> tally_wide(const TallyPlan& plan, const EventSource& source, std::int32_t experiment,
                              SegmentRegistry& segments, Accumulator& into) {
  WideReader reader(plan, source, segments, into);
  for (std::size_t partition = 0; partition < source.partitions(); ++partition) {
    if (auto status =
            source.scan_wide(partition, experiment, [&reader](const WideBlock& block) { reader.read(block); });
        !status) {
      return status.error();
    }
    reader.flush();
  }
  WideResult result;
  result.rows = reader.rows();
  if (result.rows > 0) into.imported = true;
  for (std::size_t m = 0; m < plan.metrics.size(); ++m) {
    if (!reader.has_column()[m]) result.unavailable.push_back(plan.experiment->metrics[m].key);
  }
  return result;
}

}  // namespace tactful
