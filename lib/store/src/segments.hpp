#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "block.hpp"
#include "event_rows.hpp"

namespace tactful::store_detail {

inline constexpr std::size_t kSegmentRows = 65'536;
inline constexpr int kWideKind = 6;  // the others are the numbers of EventType

/// One row of the table `segments`: what can be known of a segment without reading its blocks.
struct Segment {
  std::int64_t id = 0;
  Group group;
  std::int64_t rows = 0;
  std::int64_t min_at = 0, max_at = 0;
  std::int64_t min_unit = 0, max_unit = 0;
  std::int64_t min_kind = 0, max_kind = 0;  // codes of outcome kinds
  std::int64_t max_recorded_at = 0;
  Print print;
  std::int64_t flags = 0;  // of the two below; 0 in stores of version 1
};
inline constexpr std::int64_t kHasTickets = 1;    // the ticket columns are there
inline constexpr std::int64_t kSortedByUnit = 2;  // units do not descend from row to row

/// Which block of a segment.
struct BlockKey {
  int column = 0;
  std::int32_t name = 0;  // of wide rows' outcomes and segments
};

/// A column to be written.
struct ColumnData {
  BlockKey key;
  std::span<const std::int64_t> values;
};

/// The segments of a store. Changes happen within the caller's transaction and count from commit() on.
/// Thread-safety: read() and list() from several threads while nothing changes; decoding happens outside its lock.
class Segments {
 public:
  Segments(Database& database, const Dictionary& texts) : database_(database), texts_(texts) {}

  void load();
  /// Gives the segments of a store of version 1 what version 2 asks for: flags, and checksums over them.
  void migrate();
  [[nodiscard]] const std::map<std::int64_t, Segment>& list() const noexcept { return list_; }

  /// Verified blocks in the order of `keys`. Throws Failure naming a block that is damaged or missing.
  [[nodiscard]] std::vector<std::string> read(const Segment& segment, std::span<const BlockKey> keys) const;
  [[nodiscard]] std::vector<BlockKey> keys_of(const Segment& segment) const;
  /// All columns of a segment of events, appended to `rows`.
  void read_events(const Segment& segment, EventRows& rows) const;

  void remove(std::int64_t id);
  /// Writes columns of equal length as one segment; id is set here.
  void write(Segment segment, std::span<const ColumnData> columns);
  /// Adds events of one group, merging its small segments so that few remain however small the additions are.
  void add_events(const Group& group, EventRows rows);
  /// Writes all rows as segments of the group, without merging.
  void write_events(const Group& group, const EventRows& rows);

  void begin() { before_ = list_; }
  void commit() { before_.clear(); }
  void rollback() { list_ = std::move(before_); }

  /// The segments of one group, by their least unit: what is sorted is read in order.
  [[nodiscard]] std::vector<Segment> of_group(const Group& group) const;
  /// Whether of_group() gives units that do not descend.
  [[nodiscard]] bool is_sorted(const Group& group) const;

  [[nodiscard]] std::string describe(const Segment& segment) const;

 private:
  [[nodiscard]] Error damaged(const Segment& segment, const BlockKey& key, const char* how) const;

  Database& database_;
  const Dictionary& texts_;
  std::map<std::int64_t, Segment> list_;    // by id
  std::map<std::int64_t, Segment> before_;  // for rollback()
  mutable std::mutex mutex_;                // around SQLite
};

}  // namespace tactful::store_detail
