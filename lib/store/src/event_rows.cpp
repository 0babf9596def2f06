#include "event_rows.hpp"

#include <xxhash.h>

#include <bit>
#include <tuple>

namespace tactful::store_detail {

const char* column_name(int column) noexcept {
  static constexpr std::array kNames = {"?",
                                        "unit",
                                        "event",
                                        "source",
                                        "type",
                                        "cluster",
                                        "at",
                                        "experiment",
                                        "experiment_fingerprint",
                                        "variant",
                                        "wording_fingerprint",
                                        "phase",
                                        "reason",
                                        "channel",
                                        "kind",
                                        "segments",
                                        "value",
                                        "recorded_at",
                                        "writer",
                                        "sequence",
                                        "outcome value",
                                        "outcome present",
                                        "segment value",
                                        "ticket",
                                        "assignee",
                                        "ticket_before",
                                        "ticket_after"};
  const auto index = static_cast<std::size_t>(column);
  return index < kNames.size() ? kNames[index] : "?";
}

void EventRows::reserve(std::size_t rows) {
  each_column([&](int column) { (*this)[column].reserve(rows); });
}

void EventRows::clear() {
  for (auto& column : columns_) column.clear();
  has_tickets_ = false;
}

bool EventRows::has_ticket(std::size_t row) const noexcept {
  if (!has_tickets_) return false;
  for (int column = kFirstTicketColumn; column <= kLastColumn; ++column) {
    if (at(column, row) != 0) return true;
  }
  return false;
}

void EventRows::add_ticket_columns() {
  if (has_tickets_) return;
  has_tickets_ = true;
  for (int column = kFirstTicketColumn; column <= kLastColumn; ++column) (*this)[column].assign(size(), 0);
}

void EventRows::push(const StoredEvent& event, std::int32_t writer) {
  if (event.ticket != 0 || event.assignee != 0 || event.ticket_before != 0 || event.ticket_after != 0)
    add_ticket_columns();
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
  if (!has_tickets_) return;
  put(kTicket, event.ticket);
  put(kAssignee, event.assignee);
  put(kTicketBefore, event.ticket_before);
  put(kTicketAfter, event.ticket_after);
}

void EventRows::push(const EventRows& from, std::size_t row) {
  if (from.has_ticket(row)) add_ticket_columns();
  each_column([&](int column) {
    (*this)[column].push_back(column >= kFirstTicketColumn ? from.ticket(column, row) : from.at(column, row));
  });
}

void EventRows::append(const EventRows& from, const std::vector<std::uint32_t>& rows) {
  if (from.has_tickets_) add_ticket_columns();
  each_column([&](int column) {
    auto& to = (*this)[column];
    std::size_t at = to.size();
    to.resize(at + rows.size());
    if (column >= kFirstTicketColumn && !from.has_tickets_) return;
    const auto& source = from[column];
    for (const std::uint32_t row : rows) to[at++] = source[row];
  });
}

void EventRows::append(const EventRows& from) {
  if (from.has_tickets_) add_ticket_columns();
  const std::size_t rows = size() + from.size();
  each_column([&](int column) {
    auto& to = (*this)[column];
    if (column >= kFirstTicketColumn && !from.has_tickets_) {
      to.resize(rows, 0);
    } else {
      to.insert(to.end(), from[column].begin(), from[column].end());
    }
  });
}

void EventRows::keep(const std::vector<std::uint32_t>& rows) {
  each_column([&](int column) {
    auto& values = (*this)[column];
    for (std::size_t index = 0; index < rows.size(); ++index) values[index] = values[rows[index]];
    values.resize(rows.size());
  });
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
  event.ticket = ticket(kTicket, row);
  event.assignee = ticket(kAssignee, row);
  event.ticket_before = static_cast<std::int32_t>(ticket(kTicketBefore, row));
  event.ticket_after = static_cast<std::int32_t>(ticket(kTicketAfter, row));
  return event;
}

bool same_identity(const EventRows& a, std::size_t i, const EventRows& b, std::size_t j) noexcept {
  return a.at(kUnit, i) == b.at(kUnit, j) && a.at(kEvent, i) == b.at(kEvent, j) && a.at(kSource, i) == b.at(kSource, j);
}

bool same_payload(const EventRows& a, std::size_t i, const EventRows& b, std::size_t j) noexcept {
  for (int column = kType; column <= kValue; ++column) {
    if (a.at(column, i) != b.at(column, j)) return false;
  }
  if (!a.has_tickets() && !b.has_tickets()) return true;
  for (int column = kFirstTicketColumn; column <= kLastColumn; ++column) {
    if (a.ticket(column, i) != b.ticket(column, j)) return false;
  }
  return true;
}

bool comes_first(const EventRows& a, std::size_t i, const EventRows& b, std::size_t j,
                 const Dictionary& texts) noexcept {
  const auto key = [&texts](const EventRows& rows, std::size_t row) {
    return std::tuple(rows.at(kRecordedAt, row), texts.text(rows.code(kWriter, row)), rows.at(kSequence, row));
  };
  return key(a, i) < key(b, j);
}

bool wins(const EventRows& versions, const std::vector<Print>& prints, std::size_t a, std::size_t b,
          const Dictionary& texts) noexcept {
  if (comes_first(versions, a, versions, b, texts)) return true;
  if (comes_first(versions, b, versions, a, texts)) return false;
  return std::tie(prints[a].high, prints[a].low) < std::tie(prints[b].high, prints[b].low);
}

Print print_of(const EventRows& rows, std::size_t row, const Dictionary& texts) noexcept {
  const auto word = [&](int column) { return static_cast<std::uint64_t>(rows.at(column, row)); };
  const auto text = [&](int column) { return texts.hash(rows.code(column, row)); };
  std::array<std::uint64_t, 20> words = {word(kUnit),       word(kEvent),
                                         text(kSource),     word(kType),
                                         word(kCluster),    word(kAt),
                                         text(kExperiment), text(kExperimentFingerprint),
                                         text(kVariant),    text(kWordingFingerprint),
                                         text(kPhase),      text(kReason),
                                         text(kChannel),    text(kKind),
                                         text(kSegments),   word(kValue)};
  std::size_t bytes = 16 * sizeof(std::uint64_t);
  if (rows.has_ticket(row)) {
    words[16] = word(kTicket);
    words[17] = word(kAssignee);
    words[18] = text(kTicketBefore);
    words[19] = text(kTicketAfter);
    bytes = sizeof words;
  }
  const XXH128_hash_t hash = XXH3_128bits(words.data(), bytes);
  return {hash.low64, hash.high64};
}

Group group_of(const EventRows& rows, std::size_t row, int partition_bits) noexcept {
  const auto type = static_cast<EventType>(rows.at(kType, row));
  const bool of_one = type == EventType::kExposure || type == EventType::kDelivery || type == EventType::kHold;
  return {static_cast<int>(type), partition_of(rows.at(kUnit, row), partition_bits),
          of_one ? rows.code(kExperiment, row) : 0};
}

}  // namespace tactful::store_detail
