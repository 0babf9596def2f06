// Purging what is old: what goes, what is kept of it, and what takes its place.
#include <algorithm>

#include "sqlite_store.hpp"

namespace tactful::store_detail {

bool SqliteStore::may_be_older(const Segment& segment, TimeMs before) const {
  if (segment.min_at >= before) return false;
  if (segment.group.kind != kWideKind) return true;
  const std::vector<BlockKey> keys = segments_.keys_of(segment);  // a table without times has no age
  return std::any_of(keys.begin(), keys.end(), [](const BlockKey& key) { return key.column == kAt; });
}

Result<std::vector<std::string>> SqliteStore::experiments(TimeMs before) const {
  return guarded(database_.file, [&]() -> Result<std::vector<std::string>> {
    std::set<std::string> keys;
    for (const auto& [id, segment] : segments_.list()) {
      if (segment.group.experiment != 0 && may_be_older(segment, before))
        keys.insert(std::string(dictionary_.text(segment.group.experiment)));
    }
    return std::vector<std::string>(keys.begin(), keys.end());
  });
}

Result<StorePurge> SqliteStore::purge(TimeMs before, TimeMs now, std::span<const Aggregate> aggregates, bool dry_run) {
  if (before > now) return Error{ErrorCode::kInvalidArgument, "the time to purge up to is still to come", "before", ""};
  StorePurge purge;
  Removal removal;
  removal.goes = [before](UnitId, TimeMs at) { return at < before; };
  removal.may_hold = [before, this](const Segment& segment) { return may_be_older(segment, before); };
  Quarantine::Held heirs;
  const auto body = [&] {
    heirs = heirs_of_purge(before);
    purge.reinstated = static_cast<std::int64_t>(heirs.rows.size());
    remove_rows(removal, dry_run);
    purge.events = removal.events;
    purge.wide_rows = removal.wide_rows;
    purge.segments_rewritten = removal.segments;
    purge.quarantined = quarantine_.count_before(before);
  };
  if (dry_run) {
    const Status counted = guarded(database_.file, [&]() -> Status {
      body();
      return {};
    });
    if (!counted) return counted.error();
    return purge;
  }
  const auto changed = change([&] {
    step("aggregates");
    purge.aggregates = keep(aggregates, now);
    body();
    step("quarantine");
    reinstate(heirs);
    quarantine_.remove_before(before);
    gate_.set_purged_before(before);
    record_purge(purge, before, now);
    return IngestSummary{};
  });
  if (!changed) return changed.error();
  purge.bytes_kept_by = finish_removal();
  purge.bytes_gone = purge.bytes_kept_by.empty();
  return purge;
}

// Of each identity whose event goes, the least of the quarantined versions that stay: the store is then the one that
// would have come of the younger events alone. Where somebody decided for the one that goes, the others stay out.
Quarantine::Held SqliteStore::heirs_of_purge(TimeMs before) {
  const Quarantine::Held held = quarantine_.all();
  Quarantine::Held young;
  for (std::size_t row = 0; row < held.rows.size(); ++row) {
    if (held.rows.at(kAt, row) < before) continue;
    young.rows.push(held.rows, row);
    young.prints.push_back(held.prints[row]);
  }
  const auto stored = find_stored(segments_, young.rows);
  std::map<Identity, std::size_t> least;
  for (std::size_t row = 0; row < young.rows.size(); ++row) {
    const Identity identity = identity_of(young.rows, row);
    const auto place = stored.find(identity);
    if (place != stored.end() && place->second.first.at(kAt, 0) >= before) continue;
    if (quarantine_.standing(young.rows, row).value_or(young.prints[row]) != young.prints[row]) continue;
    const auto [heir, is_first] = least.try_emplace(identity, row);
    if (!is_first && wins(young.rows, young.prints, row, heir->second, dictionary_)) heir->second = row;
  }
  Quarantine::Held heirs;
  for (const auto& [identity, row] : least) {
    heirs.rows.push(young.rows, row);
    heirs.prints.push_back(young.prints[row]);
  }
  return heirs;
}

void SqliteStore::reinstate(const Quarantine::Held& heirs) {
  std::map<Group, EventRows> groups;
  for (std::size_t row = 0; row < heirs.rows.size(); ++row) {
    quarantine_.remove(heirs.rows, row, heirs.prints[row]);
    groups[group_of(heirs.rows, row, partition_bits_)].push(heirs.rows, row);
  }
  for (auto& [group, events] : groups) segments_.add_events(group, std::move(events));
}

std::int64_t SqliteStore::keep(std::span<const Aggregate> aggregates, TimeMs now) {
  std::int64_t kept = 0;
  SQLite::Statement insert(*database_.sqlite,
                           "INSERT OR IGNORE INTO aggregates(experiment, before, at, content) VALUES (?, ?, ?, ?)");
  for (const Aggregate& one : aggregates) {
    insert.reset();
    insert.bind(1, one.experiment);
    insert.bind(2, one.before);
    insert.bind(3, now);
    insert.bind(4, one.content);
    kept += insert.exec();
  }
  return kept;
}

void SqliteStore::record_purge(const StorePurge& purge, TimeMs before, TimeMs now) {
  set_removal_state(kToRebuild);
  const bool removed = purge.events > 0 || purge.wide_rows > 0 || purge.quarantined > 0;
  if (!removed) return;
  SQLite::Statement insert(*database_.sqlite,
                           "INSERT INTO purges(at, before, events, wide_rows, quarantined) VALUES (?, ?, ?, ?, ?)");
  insert.bind(1, now);
  insert.bind(2, before);
  insert.bind(3, purge.events);
  insert.bind(4, purge.wide_rows);
  insert.bind(5, purge.quarantined);
  insert.exec();
}

Result<std::vector<Aggregate>> SqliteStore::aggregates() const {
  return guarded(database_.file, [&]() -> Result<std::vector<Aggregate>> {
    std::vector<Aggregate> kept;
    if (database_.version == 1) return kept;
    SQLite::Statement query(*database_.sqlite,
                            "SELECT experiment, before, at, content FROM aggregates ORDER BY experiment, before");
    while (query.executeStep()) {
      kept.push_back({query.getColumn(0).getString(), query.getColumn(1).getInt64(), query.getColumn(2).getInt64(),
                      query.getColumn(3).getString()});
    }
    return kept;
  });
}

}  // namespace tactful::store_detail
