#include "gate.hpp"

#include <sodium.h>

#include <charconv>

#include "failure.hpp"

namespace tactful::store_detail {

void Gate::load() {
  tombstones_.clear();
  purged_before_.reset();
  if (database_.version == 1) return;
  salt_ = database_.meta("tombstone_salt");
  SQLite::Statement query(*database_.sqlite, "SELECT hash FROM tombstones");
  while (query.executeStep()) {
    const SQLite::Column column = query.getColumn(0);
    Hash hash{};
    if (column.getBytes() != static_cast<int>(hash.size()) || salt_.size() != 32) {
      throw Failure({ErrorCode::kStorage, "the store's tombstones are damaged", database_.file, kRebuildHint});
    }
    std::memcpy(hash.data(), column.getBlob(), hash.size());
    tombstones_.insert(hash);
  }
  const std::string before = database_.meta("purged_before");
  TimeMs time = 0;
  if (before.empty()) return;
  std::from_chars(before.data(), before.data() + before.size(), time);
  purged_before_ = time;
}

Gate::Hash Gate::hash_of(UnitId unit) const {
  Hash hash{};
  std::array<unsigned char, 8> bytes{};
  std::memcpy(bytes.data(), &unit, bytes.size());
  crypto_generichash(hash.data(), hash.size(), bytes.data(), bytes.size(),
                     reinterpret_cast<const unsigned char*>(salt_.data()), salt_.size());
  return hash;
}

bool Gate::is_forgotten(UnitId unit) const { return !tombstones_.empty() && tombstones_.contains(hash_of(unit)); }

Gate::Refused Gate::filter(EventRows& batch) const {
  Refused refused;
  if (is_open()) return refused;
  std::vector<std::uint32_t> kept;
  kept.reserve(batch.size());
  UnitId last = 0;
  bool last_forgotten = false;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    const UnitId unit = batch.at(kUnit, row);
    if (unit != last) {
      last = unit;
      last_forgotten = is_forgotten(unit);
    }
    if (last_forgotten) {
      ++refused.forgotten;
    } else if (is_expired(batch.at(kAt, row))) {
      ++refused.expired;
    } else {
      kept.push_back(static_cast<std::uint32_t>(row));
    }
  }
  if (kept.size() != batch.size()) batch.keep(kept);
  return refused;
}

void Gate::bury(std::span<const UnitId> units) {
  SQLite::Statement insert(*database_.sqlite, "INSERT OR IGNORE INTO tombstones(hash) VALUES (?)");
  for (const UnitId unit : units) {
    const Hash hash = hash_of(unit);
    if (!tombstones_.insert(hash).second) continue;
    insert.reset();
    insert.bind(1, static_cast<const void*>(hash.data()), static_cast<int>(hash.size()));
    insert.exec();
  }
}

void Gate::set_purged_before(TimeMs before) {
  purged_before_ = std::max(before, purged_before_.value_or(before));
  database_.set_meta("purged_before", std::to_string(*purged_before_));
}

}  // namespace tactful::store_detail
