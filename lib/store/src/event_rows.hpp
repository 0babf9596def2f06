#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <vector>

#include "dictionary.hpp"
#include "tactful/journal/event.hpp"

namespace tactful::store_detail {

/// Columns of events, by their stored numbers (docs/spec/store.md).
enum Column : int {
  kUnit = 1,
  kEvent,
  kSource,  // the identity
  kType,
  kCluster,
  kAt,
  kExperiment,
  kExperimentFingerprint,
  kVariant,
  kWordingFingerprint,
  kPhase,
  kReason,
  kChannel,
  kKind,
  kSegments,
  kValue,  // the payload
  kRecordedAt,
  kWriter,
  kSequence,  // the order among conflicting payloads
  kOutcomeValue,
  kOutcomePresent,
  kSegmentValue,  // of wide rows, one per name
  kTicket,
  kAssignee,
  kTicketBefore,
  kTicketAfter,  // more payload, where an event has any
};
inline constexpr int kFirstColumn = kUnit;
inline constexpr int kLastEventColumn = kSequence;
inline constexpr int kFirstTicketColumn = kTicket;
inline constexpr int kLastColumn = kTicketAfter;

[[nodiscard]] const char* column_name(int column) noexcept;

/// Sums of hashes: the same set gives the same print in any order, and rows can be taken out again.
struct Print {
  std::uint64_t low = 0, high = 0;
  Print& operator+=(const Print& other) noexcept {
    low += other.low;
    high += other.high;
    return *this;
  }
  auto operator<=>(const Print&) const = default;
};

/// Events as columns of int64: texts by store code, the value by its bits. The ticket columns take memory only once an
/// event has one of them.
class EventRows {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return columns_[kUnit].size(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] std::vector<std::int64_t>& operator[](int column) { return columns_[static_cast<std::size_t>(column)]; }
  [[nodiscard]] const std::vector<std::int64_t>& operator[](int column) const {
    return columns_[static_cast<std::size_t>(column)];
  }
  [[nodiscard]] std::int64_t at(int column, std::size_t row) const {
    return columns_[static_cast<std::size_t>(column)][row];
  }
  [[nodiscard]] std::int32_t code(int column, std::size_t row) const {
    return static_cast<std::int32_t>(at(column, row));
  }
  /// Of a ticket column, 0 where no event has one.
  [[nodiscard]] std::int64_t ticket(int column, std::size_t row) const { return has_tickets_ ? at(column, row) : 0; }
  [[nodiscard]] bool has_tickets() const noexcept { return has_tickets_; }
  [[nodiscard]] bool has_ticket(std::size_t row) const noexcept;
  /// Makes room for the ticket columns, full of zeros; they are written by operator[] then.
  void add_ticket_columns();

  void reserve(std::size_t rows);
  void clear();
  /// The event with codes of the store's dictionary.
  void push(const StoredEvent& event, std::int32_t writer);
  void push(const EventRows& from, std::size_t row);
  void append(const EventRows& from, const std::vector<std::uint32_t>& rows);
  void append(const EventRows& from);
  /// Keeps these rows only, ascending.
  void keep(const std::vector<std::uint32_t>& rows);

  [[nodiscard]] StoredEvent stored_event(std::size_t row) const;

 private:
  template <typename Each>
  void each_column(Each&& each) {
    for (int column = kFirstColumn; column <= kLastEventColumn; ++column) each(column);
    for (int column = kFirstTicketColumn; has_tickets_ && column <= kLastColumn; ++column) each(column);
  }

  std::array<std::vector<std::int64_t>, kLastColumn + 1> columns_;
  bool has_tickets_ = false;
};

[[nodiscard]] bool same_identity(const EventRows& a, std::size_t i, const EventRows& b, std::size_t j) noexcept;
[[nodiscard]] bool same_payload(const EventRows& a, std::size_t i, const EventRows& b, std::size_t j) noexcept;
/// Whether a[i] comes before b[j] by (recorded_at, writer, sequence).
[[nodiscard]] bool comes_first(const EventRows& a, std::size_t i, const EventRows& b, std::size_t j,
                               const Dictionary& texts) noexcept;

/// Whether versions[a] wins over versions[b] by order; where a caller numbered two payloads alike, by their hashes, so
/// that arrival still does not matter.
[[nodiscard]] bool wins(const EventRows& versions, const std::vector<Print>& prints, std::size_t a, std::size_t b,
                        const Dictionary& texts) noexcept;

/// Hash of identity and payload, with texts by content: independent of codes, arrival and journals. Ticket columns
/// count only where one is not 0, so that events without them have the print that version 1 gave them.
[[nodiscard]] Print print_of(const EventRows& rows, std::size_t row, const Dictionary& texts) noexcept;

/// Segments hold one type of event; outcomes and contacts of all experiments lie together.
struct Group {
  int kind = 0;
  std::int64_t partition = 0;
  std::int32_t experiment = 0;
  auto operator<=>(const Group&) const = default;
};

[[nodiscard]] inline std::int64_t partition_of(UnitId unit, int bits) noexcept {
  return bits == 0 ? 0 : unit >> (63 - bits);
}
[[nodiscard]] Group group_of(const EventRows& rows, std::size_t row, int partition_bits) noexcept;

}  // namespace tactful::store_detail
