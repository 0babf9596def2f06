// Sorting segments by unit and filling them up.
#include <algorithm>
#include <numeric>
#include <tuple>

#include "sqlite_store.hpp"

namespace tactful::store_detail {
namespace {

/// Whether a group needs no work: in order, and in as few segments as its rows take.
bool is_compact(const Segments& segments, const Group& group) {
  const std::vector<Segment> list = segments.of_group(group);
  const auto rows = std::accumulate(list.begin(), list.end(), std::int64_t{0},
                                    [](std::int64_t sum, const Segment& one) { return sum + one.rows; });
  const auto fewest = (static_cast<std::size_t>(rows) + kSegmentRows - 1) / kSegmentRows;
  return segments.is_sorted(group) && list.size() <= fewest;
}

template <typename Column>
std::vector<std::uint32_t> order_of(std::size_t rows, const Column& column, bool has_times) {
  std::vector<std::uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0u);
  const auto& unit = *column(kUnit);
  const std::vector<std::int64_t>* at = has_times ? column(kAt) : nullptr;
  const std::vector<std::int64_t>* event = column(kEvent);
  const auto key = [&](std::uint32_t row) {
    return std::tuple(unit[row], at == nullptr ? 0 : (*at)[row], event == nullptr ? 0 : (*event)[row]);
  };
  std::stable_sort(order.begin(), order.end(), [&key](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
  return order;
}

}  // namespace

std::int64_t SqliteStore::compact_group(const Group& group) {
  const std::vector<Segment> list = segments_.of_group(group);
  if (group.kind == kWideKind) {
    WideRows rows;
    for (const Segment& segment : list) read_wide(segments_, segment, rows);
    const auto order = order_of(
        rows.size(), [&rows](int column) { return rows.find(column); }, rows.find(kAt) != nullptr);
    WideRows sorted;
    sorted.keys = rows.keys;
    for (const auto& column : rows.columns) {
      auto& to = sorted.columns.emplace_back();
      to.reserve(order.size());
      for (const std::uint32_t row : order) to.push_back(column[row]);
    }
    for (const Segment& segment : list) segments_.remove(segment.id);
    write_wide(segments_, group, sorted, dictionary_);
    return static_cast<std::int64_t>(order.size());
  }
  EventRows rows;
  for (const Segment& segment : list) segments_.read_events(segment, rows);
  const auto order = order_of(
      rows.size(), [&rows](int column) { return &std::as_const(rows)[column]; }, true);
  EventRows sorted;
  sorted.append(rows, order);
  for (const Segment& segment : list) segments_.remove(segment.id);
  segments_.write_events(group, sorted);
  return static_cast<std::int64_t>(order.size());
}

Result<StoreCompaction> SqliteStore::compact() {
  StoreCompaction done;
  const auto before = totals();
  if (!before) return before.error();
  done.segments_before = before->segments;
  done.bytes_before = before->bytes;
  std::set<Group> groups;
  for (const auto& [id, segment] : segments_.list()) groups.insert(segment.group);
  for (const Group& group : groups) {
    if (is_compact(segments_, group)) continue;
    const auto changed = change([&] {
      step("group");
      done.rows_sorted += compact_group(group);
      return IngestSummary{};
    });
    if (!changed) return changed.error();
  }
  if (done.rows_sorted > 0) {
    const Status rebuilt = guarded(database_.file, [&]() -> Status {
      step("rebuild");
      database_.rebuild();
      if (removal_state() == kToRebuild) set_removal_state(kToCut);
      if (database_.cut_log()) {
        set_removal_state(kNothingLeft);
      } else if (log_ != nullptr) {
        log_->log(LogLevel::kInfo, "the store's log stays while a reader uses it");
      }
      return {};
    });
    if (!rebuilt) return rebuilt.error();
  }
  const auto after = totals();
  if (!after) return after.error();
  done.segments_after = after->segments;
  done.bytes_after = after->bytes;
  return done;
}

}  // namespace tactful::store_detail
