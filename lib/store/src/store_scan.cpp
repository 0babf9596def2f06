#include <algorithm>

#include "sqlite_store.hpp"

namespace tactful::store_detail {
namespace {

/// Keeps the entries of the chosen rows.
template <typename T>
void pick(std::vector<T>& values, const std::vector<std::uint32_t>& rows) {
  for (std::size_t index = 0; index < rows.size(); ++index) values[index] = values[rows[index]];
  values.resize(rows.size());
}

/// The blocks of one segment, decoded one after another in the order of its keys.
class Decoder {
 public:
  Decoder(const Segments& segments, const Segment& segment, std::span<const BlockKey> keys)
      : rows_(static_cast<std::size_t>(segment.rows)), blocks_(segments.read(segment, keys)) {}

  template <typename T>
  std::vector<T> next() {
    std::vector<T> values;
    decode_block(blocks_[next_++], rows_, values);
    if (chosen_) pick(values, *chosen_);
    return values;
  }

  /// The times of the rows; from here on only rows before `before` are decoded, where some are not.
  std::vector<TimeMs> next_times(TimeMs before, TimeMs latest) {
    std::vector<TimeMs> at = next<TimeMs>();
    if (latest < before) return at;
    chosen_.emplace();
    for (std::size_t row = 0; row < at.size(); ++row) {
      if (at[row] < before) chosen_->push_back(static_cast<std::uint32_t>(row));
    }
    pick(at, *chosen_);
    return at;
  }

 private:
  std::size_t rows_;
  std::vector<std::string> blocks_;
  std::size_t next_ = 0;
  std::optional<std::vector<std::uint32_t>> chosen_;
};

bool is_of(const Segment& segment, EventType type, std::size_t partition) noexcept {
  return segment.group.kind == static_cast<int>(type) &&
         segment.group.partition == static_cast<std::int64_t>(partition);
}

}  // namespace

Status SqliteStore::scan_exposures(std::size_t partition, std::int32_t experiment, TimeMs before,
                                   const ExposureVisitor& visit) const {
  return guarded(database_.file, [&]() -> Status {
    const BlockKey keys[] = {
        {kAt, 0},      {kUnit, 0}, {kCluster, 0}, {kVariant, 0}, {kPhase, 0}, {kReason, 0}, {kExperimentFingerprint, 0},
        {kSegments, 0}};
    for (const Segment& segment : segments_.of_group(
             {static_cast<int>(EventType::kExposure), static_cast<std::int64_t>(partition), experiment})) {
      if (segment.min_at >= before) continue;
      Decoder decoder(segments_, segment, keys);
      const auto at = decoder.next_times(before, segment.max_at);
      const auto unit = decoder.next<UnitId>();
      const auto cluster = decoder.next<UnitId>();
      const auto variant = decoder.next<std::int32_t>();
      const auto phase = decoder.next<std::int32_t>();
      const auto reason = decoder.next<std::int32_t>();
      const auto fingerprint = decoder.next<std::int32_t>();
      const auto labels = decoder.next<std::int32_t>();
      visit({unit, cluster, at, variant, phase, reason, fingerprint, labels});
    }
    return {};
  });
}

Status SqliteStore::scan_deliveries(std::size_t partition, std::int32_t experiment, TimeMs before,
                                    const DeliveryVisitor& visit) const {
  return guarded(database_.file, [&]() -> Status {
    const BlockKey keys[] = {{kAt, 0}, {kUnit, 0}, {kVariant, 0}, {kPhase, 0}, {kReason, 0}};
    for (const auto& [id, segment] : segments_.list()) {
      const bool is_hold = is_of(segment, EventType::kHold, partition);
      if (!is_hold && !is_of(segment, EventType::kDelivery, partition)) continue;
      if (segment.group.experiment != experiment || segment.min_at >= before) continue;
      Decoder decoder(segments_, segment, keys);
      const auto at = decoder.next_times(before, segment.max_at);
      const auto unit = decoder.next<UnitId>();
      auto variant = decoder.next<std::int32_t>();
      // A hold names the variant whose text would have been sent; none was.
      if (is_hold) std::fill(variant.begin(), variant.end(), 0);
      const auto phase = decoder.next<std::int32_t>();
      const auto reason = decoder.next<std::int32_t>();
      visit({unit, at, variant, phase, reason});
    }
    return {};
  });
}

// A contact may be of no experiment, so contacts lie together.
Status SqliteStore::scan_contacts(std::size_t partition, std::int32_t experiment, TimeMs before,
                                  const ContactVisitor& visit) const {
  return guarded(database_.file, [&]() -> Status {
    const BlockKey keys[] = {{kAt, 0}, {kExperiment, 0}, {kUnit, 0}, {kPhase, 0}, {kReason, 0}};
    for (const Segment& segment :
         segments_.of_group({static_cast<int>(EventType::kContact), static_cast<std::int64_t>(partition), 0})) {
      if (segment.min_at >= before) continue;
      Decoder decoder(segments_, segment, keys);
      auto at = decoder.next_times(before, segment.max_at);
      const auto of = decoder.next<std::int32_t>();
      auto unit = decoder.next<UnitId>();
      auto phase = decoder.next<std::int32_t>();
      auto reason = decoder.next<std::int32_t>();
      std::vector<std::uint32_t> rows;
      for (std::size_t row = 0; row < of.size(); ++row)
        if (of[row] == experiment) rows.push_back(static_cast<std::uint32_t>(row));
      pick(at, rows), pick(unit, rows), pick(phase, rows), pick(reason, rows);
      visit({unit, at, phase, reason});
    }
    return {};
  });
}

Status SqliteStore::scan_outcomes(std::size_t partition, std::span<const std::int32_t> kinds, TimeMs from,
                                  TimeMs before, const OutcomeVisitor& visit) const {
  return guarded(database_.file, [&]() -> Status {
    const BlockKey keys[] = {{kUnit, 0}, {kAt, 0}, {kKind, 0}, {kValue, 0}};
    for (const Segment& segment :
         segments_.of_group({static_cast<int>(EventType::kOutcome), static_cast<std::int64_t>(partition), 0})) {
      if (segment.min_at >= before || segment.max_at < from) continue;
      const auto may_hold = [&segment](std::int32_t kind) {
        return segment.min_kind <= kind && kind <= segment.max_kind;
      };
      if (std::none_of(kinds.begin(), kinds.end(), may_hold)) continue;
      Decoder decoder(segments_, segment, keys);
      const auto unit = decoder.next<UnitId>();
      const auto at = decoder.next<TimeMs>();
      const auto kind = decoder.next<std::int32_t>();
      const auto value = decoder.next<double>();
      visit({unit, at, kind, value});
    }
    return {};
  });
}

Status SqliteStore::scan_wide(std::size_t partition, std::int32_t experiment, const WideVisitor& visit) const {
  return guarded(database_.file, [&]() -> Status {
    for (const Segment& segment : segments_.of_group({kWideKind, static_cast<std::int64_t>(partition), experiment})) {
      const std::vector<BlockKey> keys = segments_.keys_of(segment);
      Decoder decoder(segments_, segment, keys);
      std::vector<UnitId> unit;
      std::vector<UnitId> cluster;
      std::vector<TimeMs> at;
      std::vector<std::int32_t> variant;
      std::vector<std::vector<double>> values;
      std::vector<std::vector<std::uint8_t>> present;
      std::vector<std::vector<std::int32_t>> codes;
      std::vector<std::int32_t> kinds;
      std::vector<std::int32_t> names;
      for (const BlockKey& key : keys) {
        if (key.column == kUnit) unit = decoder.next<UnitId>();
        if (key.column == kCluster) cluster = decoder.next<UnitId>();
        if (key.column == kAt) at = decoder.next<TimeMs>();
        if (key.column == kVariant) variant = decoder.next<std::int32_t>();
        if (key.column == kOutcomePresent) present.push_back(decoder.next<std::uint8_t>());
        if (key.column == kOutcomeValue) {
          values.push_back(decoder.next<double>());
          kinds.push_back(key.name);
        }
        if (key.column == kSegmentValue) {
          codes.push_back(decoder.next<std::int32_t>());
          names.push_back(key.name);
        }
      }
      // Keys are sorted by column and name, so values and presence come in the same order of names.
      if (unit.empty() || cluster.empty() || variant.empty() || present.size() != values.size()) {
        return Error{ErrorCode::kStorage, segments_.describe(segment) + " lacks a column", database_.file, ""};
      }
      std::vector<WideOutcome> outcomes;
      for (std::size_t index = 0; index < kinds.size(); ++index)
        outcomes.push_back({kinds[index], values[index], present[index]});
      std::vector<WideSegment> labels;
      for (std::size_t index = 0; index < names.size(); ++index) labels.push_back({names[index], codes[index]});
      visit({unit, cluster, variant, at, outcomes, labels});
    }
    return {};
  });
}

}  // namespace tactful::store_detail
