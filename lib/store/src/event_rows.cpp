#include "event_rows.hpp"

#include <xxhash.h>

#include <bit>
#include <tuple>

namespace tactful::store_detail {

const char* column_name(int column) noexcept {
  static constexpr std::array kNames = {"?",       "unit",   "event",  "source",  "type", "cluster",  "at",    "experiment",
                                        "experiment_fingerprint", "variant", "wording_fingerprint", "phase", "reason", "channel", "kind",
                                        "segments", "value", "recorded_at", "writer", "sequence", "outcome value", "outcome present",
                                        "segment value"};
  const auto index = static_cast<std::size_t>(column);
  return index < kNames.size() ? kNames[index] : "?";
}

void EventRows::reserve(std::size_t rows) {
  for (int column = kFirstColumn; column <= kLastEventColumn; ++column) (*this)[column].reserve(rows);
}

void EventRows::clear() {
  for (auto& column : columns_) column.clear();
}

void EventRows::push(const StoredEvent& event, std::int32_t writer) {
  const auto put = [this](int column, std::int64_t value) { (*this)[column].push_back(value); };
  put(kUnit, event.unit);
  put(kEvent, event.event);
  put(kSource, event.source);
  put(kType, static_cast<std::int64_t>(event.type));
  put(kCluster, event.cluster);
  put(kAt, event.at);
  put(kExperiment, event.experiment);
  put(kExperimentFingerprint, event.experiment_fingerprint);
  put(kVariant, event.variant);
  put(kWordingFingerprint, event.wording_fingerprint);
  put(kPhase, event.phase);
  put(kReason, event.reason);
  put(kChannel, event.channel);
  put(kKind, event.kind);
  put(kSegments, event.segments);
  put(kValue, std::bit_cast<std::int64_t>(event.value + 0.0));  // -0 and 0 are one payload
  put(kRecordedAt, event.recorded_at);
  put(kWriter, writer);
  put(kSequence, event.sequence);
}

void EventRows::push(const EventRows& from, std::size_t row) {
  for (int column = kFirstColumn; column <= kLastEventColumn; ++column) (*this)[column].push_back(from.at(column, row));
}

void EventRows::append(const EventRows& from, const std::vector<std::uint32_t>& rows) {
  for (int column = kFirstColumn; column <= kLastEventColumn; ++column) {
    auto& to = (*this)[column];
    const auto& source = from[column];
    std::size_t at = to.size();
    to.resize(at + rows.size());
    for (const std::uint32_t row : rows) to[at++] = source[row];
  }
}

void EventRows::append(const EventRows& from) {
  for (int column = kFirstColumn; column <= kLastEventColumn; ++column) {
    (*this)[column].insert((*this)[column].end(), from[column].begin(), from[column].end());
  }
}

StoredEvent EventRows::stored_event(std::size_t row) const {
  StoredEvent event;
  event.sequence = at(kSequence, row);
  event.type = static_cast<EventType>(at(kType, row));
  event.unit = at(kUnit, row);
  event.cluster = at(kCluster, row);
  event.at = at(kAt, row);
  event.recorded_at = at(kRecordedAt, row);
  event.event = at(kEvent, row);
  event.source = code(kSource, row);
  event.experiment = code(kExperiment, row);
  event.experiment_fingerprint = code(kExperimentFingerprint, row);
  event.variant = code(kVariant, row);
  event.wording_fingerprint = code(kWordingFingerprint, row);
  event.phase = code(kPhase, row);
  event.reason = code(kReason, row);
  event.channel = code(kChannel, row);
  event.kind = code(kKind, row);
  event.segments = code(kSegments, row);
  event.value = std::bit_cast<double>(at(kValue, row));
  return event;
}

bool same_identity(const EventRows& a, std::size_t i, const EventRows& b, std::size_t j) noexcept {
  return a.at(kUnit, i) == b.at(kUnit, j) && a.at(kEvent, i) == b.at(kEvent, j) && a.at(kSource, i) == b.at(kSource, j);
}

bool same_payload(const EventRows& a, std::size_t i, const EventRows& b, std::size_t j) noexcept {
  for (int column = kType; column <= kValue; ++column) {
    if (a.at(column, i) != b.at(column, j)) return false;
  }
  return true;
}

bool comes_first(const EventRows& a, std::size_t i, const EventRows& b, std::size_t j, const Dictionary& texts) noexcept {
  const auto key = [&texts](const EventRows& rows, std::size_t row) {
    return std::tuple(rows.at(kRecordedAt, row), texts.text(rows.code(kWriter, row)), rows.at(kSequence, row));
  };
  return key(a, i) < key(b, j);
}

Print print_of(const EventRows& rows, std::size_t row, const Dictionary& texts) noexcept {
  const auto word = [&](int column) { return static_cast<std::uint64_t>(rows.at(column, row)); };
  const auto text = [&](int column) { return texts.hash(rows.code(column, row)); };
  const std::array<std::uint64_t, 16> words = {
      word(kUnit),    word(kEvent),  text(kSource),  word(kType),   word(kCluster), word(kAt),   text(kExperiment), text(kExperimentFingerprint),
      text(kVariant), text(kWordingFingerprint), text(kPhase), text(kReason), text(kChannel), text(kKind), text(kSegments), word(kValue)};
  const XXH128_hash_t hash = XXH3_128bits(words.data(), sizeof words);
  return {hash.low64, hash.high64};
}

Group group_of(const EventRows& rows, std::size_t row, int partition_bits) noexcept {
  const auto type = static_cast<EventType>(rows.at(kType, row));
  const bool of_one = type == EventType::kExposure || type == EventType::kDelivery || type == EventType::kHold;
  return {static_cast<int>(type), partition_of(rows.at(kUnit, row), partition_bits), of_one ? rows.code(kExperiment, row) : 0};
}

}  // namespace tactful::store_detail
