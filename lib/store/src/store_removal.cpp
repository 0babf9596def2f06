// Removing rows, forgetting units, and what a store has been through.
#include <algorithm>

#include "sqlite_store.hpp"

namespace tactful::store_detail {
namespace {

std::vector<std::uint32_t> rows_that_stay(const std::vector<std::int64_t>& unit, const std::vector<std::int64_t>& at,
                                          const std::function<bool(UnitId, TimeMs)>& goes) {
  std::vector<std::uint32_t> kept;
  for (std::size_t row = 0; row < unit.size(); ++row) {
    if (!goes(unit[row], at.empty() ? 0 : at[row])) kept.push_back(static_cast<std::uint32_t>(row));
  }
  return kept;
}

void keep_rows(WideRows& rows, const std::vector<std::uint32_t>& kept) {
  for (auto& column : rows.columns) {
    for (std::size_t index = 0; index < kept.size(); ++index) column[index] = column[kept[index]];
    column.resize(kept.size());
  }
}

bool names_experiment(const Segment& segment) noexcept {
  return segment.group.kind == kWideKind || segment.group.kind == static_cast<int>(EventType::kExposure);
}

}  // namespace

void SqliteStore::remove_rows_of(const Segment& segment, Removal& removal, bool dry_run) {
  const bool is_wide = segment.group.kind == kWideKind;
  std::vector<BlockKey> keys = {{kUnit, 0}};
  const std::vector<BlockKey> all_keys = is_wide ? segments_.keys_of(segment) : std::vector<BlockKey>();
  const bool has_times =
      !is_wide || std::any_of(all_keys.begin(), all_keys.end(), [](const BlockKey& key) { return key.column == kAt; });
  if (has_times) keys.push_back({kAt, 0});
  const std::vector<std::string> blocks = segments_.read(segment, keys);
  const auto rows = static_cast<std::size_t>(segment.rows);
  std::vector<std::int64_t> unit;
  std::vector<std::int64_t> at;
  decode_block(blocks[0], rows, unit);
  if (has_times) decode_block(blocks[1], rows, at);
  const std::vector<std::uint32_t> kept = rows_that_stay(unit, at, removal.goes);
  if (kept.size() == rows) return;
  (is_wide ? removal.wide_rows : removal.events) += static_cast<std::int64_t>(rows - kept.size());
  ++removal.segments;
  if (removal.tells_units) {
    std::size_t next = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      if (next < kept.size() && kept[next] == row) {
        ++next;
        continue;
      }
      removal.units_found.insert(unit[row]);
      if (names_experiment(segment)) removal.units_of[segment.group.experiment].insert(unit[row]);
    }
  }
  if (dry_run) return;
  if (is_wide) {
    WideRows table;
    read_wide(segments_, segment, table);
    keep_rows(table, kept);
    segments_.remove(segment.id);
    write_wide(segments_, segment.group, table, dictionary_);
  } else {
    EventRows events;
    segments_.read_events(segment, events);
    events.keep(kept);
    segments_.remove(segment.id);
    segments_.write_events(segment.group, events);
  }
  step("segment");
}

void SqliteStore::remove_rows(Removal& removal, bool dry_run) {
  const std::map<std::int64_t, Segment> before = segments_.list();  // removing rewrites segments
  for (const auto& [id, segment] : before) {
    if (removal.may_hold(segment)) remove_rows_of(segment, removal, dry_run);
  }
}

void SqliteStore::set_removal_state(RemovalState state) {
  if (removal_state() != state) database_.set_meta("unfinished_removal", std::to_string(std::int64_t{state}));
}

// Freed pages, also those of merges long ago, and the log may hold what was removed: only a new file is free of it, and
// only while the log is cut. Rebuilding writes the whole store into the log, so while a reader keeps that, it happens
// once and not with every opening.
std::string SqliteStore::finish_removal() {
  if (removal_state() == kNothingLeft) return {};
  std::string left = "a reader keeps the store's log";
  try {
    step("rebuild");
    if (removal_state() == kToRebuild) {
      database_.rebuild();
      set_removal_state(kToCut);
    }
    step("cut");
    if (database_.cut_log()) {
      step("rebuilt");
      set_removal_state(kNothingLeft);
      return {};
    }
  } catch (const SQLite::Exception& exception) {
    left = "the store could not be built anew without them: " + storage_error(exception, database_.file).message;
  }
  if (log_ != nullptr)
    log_->log(LogLevel::kWarning, "bytes of what was removed are still in the store's files: " + left);
  return left;
}

Result<StoreErasure> SqliteStore::forget(std::span<const UnitId> units, TimeMs now, bool dry_run) {
  StoreErasure erasure;
  const std::set<UnitId> wanted(units.begin(), units.end());
  if (!wanted.empty() && *wanted.begin() <= 0) return Error{ErrorCode::kInvalidArgument, "a unit is none", "units", ""};
  erasure.units = static_cast<std::int64_t>(wanted.size());
  Removal removal;
  removal.tells_units = true;
  removal.goes = [&wanted](UnitId unit, TimeMs) { return wanted.contains(unit); };
  removal.may_hold = [&wanted](const Segment& segment) {
    const auto least = wanted.lower_bound(segment.min_unit);
    return least != wanted.end() && *least <= segment.max_unit;
  };
  const auto body = [&] {
    remove_rows(removal, dry_run);
    for (const UnitId unit : wanted) {
      const std::int64_t held = quarantine_.count_of(unit);
      if (held == 0) continue;
      erasure.quarantined += held;
      removal.units_found.insert(unit);
    }
    erasure.events = removal.events;
    erasure.wide_rows = removal.wide_rows;
    erasure.segments_rewritten = removal.segments;
    erasure.units_found = static_cast<std::int64_t>(removal.units_found.size());
  };
  if (dry_run) {
    const Status counted = guarded(database_.file, [&]() -> Status {
      body();
      return {};
    });
    if (!counted) return counted.error();
    return erasure;
  }
  const auto changed = change([&] {
    step("tombstones");
    gate_.bury(std::vector<UnitId>(wanted.begin(), wanted.end()));
    body();
    step("quarantine");
    for (const UnitId unit : wanted) quarantine_.remove_unit(unit);
    record_erasure(erasure, removal, now);
    return IngestSummary{};
  });
  if (!changed) return changed.error();
  erasure.bytes_kept_by = finish_removal();
  erasure.bytes_gone = erasure.bytes_kept_by.empty();
  return erasure;
}

void SqliteStore::record_erasure(const StoreErasure& erasure, const Removal& removal, TimeMs now) {
  // Also where nothing was found: what was dropped or merged away before may still lie in freed pages or the log.
  set_removal_state(kToRebuild);
  const bool removed = erasure.events > 0 || erasure.wide_rows > 0 || erasure.quarantined > 0;
  if (!removed) return;
  SQLite::Statement insert(*database_.sqlite,
                           "INSERT INTO erasures(at, units, events, wide_rows, quarantined) VALUES (?, ?, ?, ?, ?)");
  insert.bind(1, now);
  insert.bind(2, erasure.units_found);
  insert.bind(3, erasure.events);
  insert.bind(4, erasure.wide_rows);
  insert.bind(5, erasure.quarantined);
  insert.exec();
  const std::int64_t number = database_.sqlite->getLastInsertRowid();
  SQLite::Statement detail(*database_.sqlite, "INSERT INTO erased_units(erasure, experiment, units) VALUES (?, ?, ?)");
  for (const auto& [experiment, units] : removal.units_of) {
    detail.reset();
    detail.bind(1, number);
    detail.bind(2, experiment);
    detail.bind(3, static_cast<std::int64_t>(units.size()));
    detail.exec();
  }
}

Result<SourceHistory> SqliteStore::history() const {
  return guarded(database_.file, [&]() -> Result<SourceHistory> {
    SourceHistory history;
    history.journals = database_.sqlite->execAndGet("SELECT count(*) FROM journals").getInt64();
    if (database_.version == 1) return history;
    std::map<std::int64_t, std::vector<std::pair<std::string, std::int64_t>>> units_of;
    SQLite::Statement detail(*database_.sqlite,
                             "SELECT erasure, experiment, units FROM erased_units ORDER BY erasure, experiment");
    while (detail.executeStep()) {
      units_of[detail.getColumn(0).getInt64()].emplace_back(dictionary_.text(detail.getColumn(1).getInt()),
                                                            detail.getColumn(2).getInt64());
    }
    SQLite::Statement erasures(*database_.sqlite, "SELECT id, at, units FROM erasures ORDER BY at, id");
    while (erasures.executeStep()) {
      history.erasures.push_back({erasures.getColumn(1).getInt64(), erasures.getColumn(2).getInt64(),
                                  units_of[erasures.getColumn(0).getInt64()]});
    }
    history.purged_before = gate_.purged_before().value_or(0);
    history.refused_forgotten = number_of("refused_forgotten");
    history.refused_expired = number_of("refused_expired");
    SQLite::Statement losses(*database_.sqlite,
                             "SELECT coalesce(sum(dropped), 0), coalesce(sum(failed), 0), coalesce(sum(refused), 0), "
                             "coalesce(sum(withheld), 0) FROM losses");
    losses.executeStep();
    history.dropped = losses.getColumn(0).getInt64();
    history.failed = losses.getColumn(1).getInt64();
    history.refused = losses.getColumn(2).getInt64();
    history.withheld = losses.getColumn(3).getInt64();
    bool possible = std::min({history.refused_forgotten, history.refused_expired, history.dropped, history.failed,
                              history.refused, history.withheld}) >= 0;
    for (const ErasedUnits& one : history.erasures) possible = possible && one.units >= 0;
    if (!possible) {
      return Error{ErrorCode::kStorage, "the store's counts of what was lost or erased are damaged", database_.file,
                   kRebuildHint};
    }
    return history;
  });
}

}  // namespace tactful::store_detail
