#include "segments.hpp"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "failure.hpp"

namespace tactful::store_detail {
namespace {

constexpr std::array<const char*, 7> kKindNames = {"?",          "holds",    "exposures", "contacts",
                                                   "deliveries", "outcomes", "wide rows"};

std::array<std::int64_t, 15> fields_of(const Segment& segment) {
  return {segment.id,
          segment.group.kind,
          segment.group.partition,
          segment.group.experiment,
          segment.rows,
          segment.min_at,
          segment.max_at,
          segment.min_unit,
          segment.max_unit,
          segment.min_kind,
          segment.max_kind,
          segment.max_recorded_at,
          static_cast<std::int64_t>(segment.print.low),
          static_cast<std::int64_t>(segment.print.high),
          segment.flags};
}

// Version 1 had no flags.
std::int64_t checksum_of(const Segment& segment, int version) {
  const auto fields = fields_of(segment);
  const std::size_t count = version == 1 ? fields.size() - 1 : fields.size();
  return static_cast<std::int64_t>(XXH3_64bits(fields.data(), count * sizeof fields[0]));
}

std::int64_t flags_of(const EventRows& rows, std::size_t from, std::size_t count) {
  std::int64_t flags = 0;
  const auto& unit = rows[kUnit];
  const auto begin = unit.begin() + static_cast<std::ptrdiff_t>(from);
  if (std::is_sorted(begin, begin + static_cast<std::ptrdiff_t>(count))) flags |= kSortedByUnit;
  for (std::size_t row = from; row < from + count && (flags & kHasTickets) == 0 && rows.has_tickets(); ++row) {
    if (rows.has_ticket(row)) flags |= kHasTickets;
  }
  return flags;
}

Segment segment_of(SQLite::Statement& row) {
  Segment segment;
  const auto field = [&row](int index) { return row.getColumn(index).getInt64(); };
  segment.id = field(0);
  segment.group = {static_cast<int>(field(1)), field(2), static_cast<std::int32_t>(field(3))};
  segment.rows = field(4);
  segment.min_at = field(5);
  segment.max_at = field(6);
  segment.min_unit = field(7);
  segment.max_unit = field(8);
  segment.min_kind = field(9);
  segment.max_kind = field(10);
  segment.max_recorded_at = field(11);
  segment.print = {static_cast<std::uint64_t>(field(12)), static_cast<std::uint64_t>(field(13))};
  return segment;
}

// The checksum finds accidents, not malice. The number of rows decides how much memory is taken, and what no scan would
// visit would be lost without a word.
bool is_possible(const Segment& segment) noexcept {
  return segment.id > 0 && segment.group.kind >= 1 && segment.group.kind <= kWideKind && segment.group.partition >= 0 &&
         segment.group.experiment >= 0 && segment.rows >= 0 &&
         segment.rows <= static_cast<std::int64_t>(kSegmentRows) && segment.min_at <= segment.max_at &&
         segment.min_unit <= segment.max_unit && segment.min_kind <= segment.max_kind;
}

void set_range(const std::vector<std::int64_t>& values, std::size_t from, std::size_t count, std::int64_t& low,
               std::int64_t& high) {
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(from);
  const auto [least, most] = std::minmax_element(begin, begin + static_cast<std::ptrdiff_t>(count));
  low = *least;
  high = *most;
}

}  // namespace

std::string Segments::describe(const Segment& segment) const {
  const auto kind = static_cast<std::size_t>(segment.group.kind);
  std::string text = "segment " + std::to_string(segment.id) + " (" + kKindNames[kind < kKindNames.size() ? kind : 0];
  if (segment.group.experiment != 0) text += " of " + std::string(texts_.text(segment.group.experiment));
  return text + ", " + std::to_string(segment.rows) + " rows)";
}

Error Segments::damaged(const Segment& segment, const BlockKey& key, const char* how) const {
  std::string column = column_name(key.column);
  if (key.name != 0) column += " " + std::string(texts_.text(key.name));
  return {ErrorCode::kStorage, "the block of column `" + column + "` in " + describe(segment) + " is damaged: " + how,
          database_.file, kRebuildHint};
}

void Segments::load() {
  list_.clear();
  const std::string flags = database_.version == 1 ? "0" : "flags";
  SQLite::Statement query(*database_.sqlite,
                          "SELECT id, kind, partition, experiment, rows, min_at, max_at, min_unit, max_unit, min_kind, "
                          "max_kind, max_recorded_at, "
                          "print_low, print_high, checksum, " +
                              flags + " FROM segments ORDER BY id");
  while (query.executeStep()) {
    Segment segment = segment_of(query);
    segment.flags = query.getColumn(15).getInt64();
    if (!is_possible(segment) || checksum_of(segment, database_.version) != query.getColumn(14).getInt64()) {
      throw Failure({ErrorCode::kStorage, "the description of segment " + std::to_string(segment.id) + " is damaged",
                     database_.file, kRebuildHint});
    }
    list_.emplace(segment.id, segment);
  }
}

void Segments::migrate() {
  database_.sqlite->exec("ALTER TABLE segments ADD COLUMN flags INTEGER NOT NULL DEFAULT 0");
  SQLite::Statement update(*database_.sqlite, "UPDATE segments SET flags = ?, checksum = ? WHERE id = ?");
  for (auto& [id, segment] : list_) {
    const BlockKey key{kUnit, 0};
    std::vector<std::int64_t> unit;
    try {
      decode_block(read(segment, {&key, 1}).front(), static_cast<std::size_t>(segment.rows), unit);
      segment.flags = std::is_sorted(unit.begin(), unit.end()) ? kSortedByUnit : 0;
    } catch (const Failure&) {
      segment.flags = 0;  // whoever reads the damaged block is told; the others can still be read
    }
    update.reset();
    update.bind(1, segment.flags);
    update.bind(2, checksum_of(segment, 2));
    update.bind(3, id);
    update.exec();
  }
}

std::vector<Segment> Segments::of_group(const Group& group) const {
  std::vector<Segment> found;
  for (const auto& [id, segment] : list_) {
    if (segment.group == group) found.push_back(segment);
  }
  std::sort(found.begin(), found.end(), [](const Segment& a, const Segment& b) {
    return std::tie(a.min_unit, a.max_unit, a.id) < std::tie(b.min_unit, b.max_unit, b.id);
  });
  return found;
}

bool Segments::is_sorted(const Group& group) const {
  const std::vector<Segment> segments = of_group(group);
  for (std::size_t index = 0; index < segments.size(); ++index) {
    if ((segments[index].flags & kSortedByUnit) == 0) return false;
    if (index > 0 && segments[index - 1].max_unit > segments[index].min_unit) return false;
  }
  return true;
}

std::vector<std::string> Segments::read(const Segment& segment, std::span<const BlockKey> keys) const {
  std::vector<std::string> blocks(keys.size());
  std::vector<std::uint64_t> checksums(keys.size());
  {
    const std::lock_guard lock(mutex_);
    SQLite::Statement query(*database_.sqlite,
                            "SELECT data, checksum FROM columns WHERE segment = ? AND column = ? AND name = ?");
    query.bind(1, segment.id);
    for (std::size_t index = 0; index < keys.size(); ++index) {
      query.reset();
      query.bind(2, keys[index].column);
      query.bind(3, keys[index].name);
      if (!query.executeStep()) throw Failure(damaged(segment, keys[index], "it is missing"));
      const SQLite::Column data = query.getColumn(0);
      const char* bytes = static_cast<const char*>(data.getBlob());
      blocks[index].assign(bytes, static_cast<std::size_t>(data.getBytes()));
      checksums[index] = static_cast<std::uint64_t>(query.getColumn(1).getInt64());
    }
  }
  for (std::size_t index = 0; index < keys.size(); ++index) {
    const BlockKey& key = keys[index];
    if (block_checksum(blocks[index], segment.id, key.column, key.name) != checksums[index]) {
      throw Failure(damaged(segment, key, "its checksum does not match"));
    }
    if (!is_block(blocks[index], static_cast<std::size_t>(segment.rows)))
      throw Failure(damaged(segment, key, "its length does not match"));
  }
  return blocks;
}

std::vector<BlockKey> Segments::keys_of(const Segment& segment) const {
  const std::lock_guard lock(mutex_);
  std::vector<BlockKey> keys;
  SQLite::Statement query(*database_.sqlite,
                          "SELECT column, name FROM columns WHERE segment = ? ORDER BY column, name");
  query.bind(1, segment.id);
  while (query.executeStep()) keys.push_back({query.getColumn(0).getInt(), query.getColumn(1).getInt()});
  return keys;
}

void Segments::read_events(const Segment& segment, EventRows& rows) const {
  std::vector<BlockKey> keys;
  for (int column = kFirstColumn; column <= kLastEventColumn; ++column) keys.push_back({column, 0});
  const bool has_tickets = (segment.flags & kHasTickets) != 0;
  for (int column = kFirstTicketColumn; has_tickets && column <= kLastColumn; ++column) keys.push_back({column, 0});
  const std::vector<std::string> blocks = read(segment, keys);
  EventRows read_rows;
  if (has_tickets) read_rows.add_ticket_columns();
  for (std::size_t index = 0; index < keys.size(); ++index) {
    decode_block(blocks[index], static_cast<std::size_t>(segment.rows), read_rows[keys[index].column]);
  }
  if (rows.empty()) {
    rows = std::move(read_rows);
  } else {
    rows.append(read_rows);
  }
}

void Segments::remove(std::int64_t id) {
  for (const char* sql : {"DELETE FROM columns WHERE segment = ?", "DELETE FROM segments WHERE id = ?"}) {
    SQLite::Statement statement(*database_.sqlite, sql);
    statement.bind(1, id);
    statement.exec();
  }
  list_.erase(id);
}

void Segments::write(Segment segment, std::span<const ColumnData> columns) {
  SQLite::Statement row(
      *database_.sqlite,
      "INSERT INTO segments(kind, partition, experiment, rows, min_at, max_at, min_unit, max_unit, min_kind, max_kind, "
      "max_recorded_at, print_low, print_high, flags, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)");
  const auto fields = fields_of(segment);
  for (std::size_t index = 1; index < fields.size(); ++index) row.bind(static_cast<int>(index), fields[index]);
  row.exec();
  segment.id = database_.sqlite->getLastInsertRowid();
  SQLite::Statement seal(*database_.sqlite, "UPDATE segments SET checksum = ? WHERE id = ?");
  seal.bind(1, checksum_of(segment, 2));
  seal.bind(2, segment.id);
  seal.exec();
  SQLite::Statement insert(*database_.sqlite,
                           "INSERT INTO columns(segment, column, name, checksum, data) VALUES (?, ?, ?, ?, ?)");
  for (const ColumnData& column : columns) {
    const std::string block = encode_block(column.values);
    insert.reset();
    insert.bind(1, segment.id);
    insert.bind(2, column.key.column);
    insert.bind(3, column.key.name);
    insert.bind(4, static_cast<std::int64_t>(block_checksum(block, segment.id, column.key.column, column.key.name)));
    insert.bindNoCopy(5, block.data(), static_cast<int>(block.size()));
    insert.exec();
  }
  list_.emplace(segment.id, segment);
}

void Segments::write_events(const Group& group, const EventRows& rows) {
  for (std::size_t from = 0; from < rows.size(); from += kSegmentRows) {
    const std::size_t count = std::min(kSegmentRows, rows.size() - from);
    Segment segment;
    segment.group = group;
    segment.rows = static_cast<std::int64_t>(count);
    std::int64_t ignored = 0;
    set_range(rows[kAt], from, count, segment.min_at, segment.max_at);
    set_range(rows[kUnit], from, count, segment.min_unit, segment.max_unit);
    set_range(rows[kKind], from, count, segment.min_kind, segment.max_kind);
    set_range(rows[kRecordedAt], from, count, ignored, segment.max_recorded_at);
    for (std::size_t row = from; row < from + count; ++row) segment.print += print_of(rows, row, texts_);
    segment.flags = flags_of(rows, from, count);
    std::vector<ColumnData> columns;
    const auto add = [&](int column) {
      columns.push_back({{column, 0}, std::span<const std::int64_t>(rows[column]).subspan(from, count)});
    };
    for (int column = kFirstColumn; column <= kLastEventColumn; ++column) add(column);
    for (int column = kFirstTicketColumn; (segment.flags & kHasTickets) != 0 && column <= kLastColumn; ++column)
      add(column);
    write(segment, columns);
  }
}

void Segments::add_events(const Group& group, EventRows rows) {
  if (rows.empty()) return;
  std::vector<Segment> small;
  for (const auto& [id, segment] : list_) {
    if (segment.group == group && static_cast<std::size_t>(segment.rows) < kSegmentRows * 3 / 4)
      small.push_back(segment);
  }
  std::sort(small.begin(), small.end(),
            [](const Segment& a, const Segment& b) { return std::tie(a.rows, a.id) < std::tie(b.rows, b.id); });
  // A segment is merged only into an addition at least half its size: each row is rewritten some 16 times at most,
  // and sizes of the small segments that stay at least double from one to the next.
  for (const Segment& segment : small) {
    if (static_cast<std::size_t>(segment.rows) > 2 * rows.size()) break;
    read_events(segment, rows);
    remove(segment.id);
  }
  write_events(group, rows);
}

}  // namespace tactful::store_detail
