// A store's file. The first byte says how it was spoilt: its bytes, its length, its pages ("b"), or the fields and
// blocks behind its checksums, which are made to fit again ("r"). Reading it ends with what is there or an error.
#include <xxhash.h>

#include "block.hpp"
#include "database.hpp"
#include "fuzz_target.hpp"
#include "good_files.hpp"
#include "tactful/store/store.hpp"

namespace tactful {
namespace {

constexpr TimeMs kForever = INT64_C(1) << 62;

// The checksum of a segment's description covers all its fields, docs/spec/store.md.
void seal_segments(fuzz::OpenDatabase& database) {
  sqlite3_stmt* rows = nullptr;
  if (sqlite3_prepare_v2(database.handle(),
                         "SELECT id, kind, partition, experiment, rows, min_at, max_at, min_unit, max_unit, min_kind, "
                         "max_kind, max_recorded_at, print_low, print_high, flags FROM segments",
                         -1, &rows, nullptr) != SQLITE_OK)
    throw std::runtime_error(sqlite3_errmsg(database.handle()));
  std::vector<std::pair<std::int64_t, std::int64_t>> sums;
  while (sqlite3_step(rows) == SQLITE_ROW) {
    std::array<std::int64_t, 15> fields{};
    for (int i = 0; i < 15; ++i) fields[static_cast<std::size_t>(i)] = sqlite3_column_int64(rows, i);
    sums.emplace_back(fields[0], static_cast<std::int64_t>(XXH3_64bits(fields.data(), sizeof fields)));
  }
  sqlite3_finalize(rows);
  for (const auto& [id, sum] : sums) database.run("UPDATE segments SET checksum = ?2 WHERE id = ?1", {id, sum});
}

void spoil_block(fuzz::OpenDatabase& database, fuzz::Bytes& bytes) {
  const auto place = static_cast<std::int64_t>(bytes.take(1));
  sqlite3_stmt* row = nullptr;
  if (sqlite3_prepare_v2(
          database.handle(),
          "SELECT rowid, segment, column, name, data FROM columns ORDER BY segment, column, name LIMIT 1 "
          "OFFSET ?1 % (SELECT max(1, count(*)) FROM columns)",
          -1, &row, nullptr) != SQLITE_OK)
    return;
  sqlite3_bind_int64(row, 1, place);
  if (sqlite3_step(row) == SQLITE_ROW) {
    const std::int64_t id = sqlite3_column_int64(row, 0), segment = sqlite3_column_int64(row, 1);
    const int column = sqlite3_column_int(row, 2), name = sqlite3_column_int(row, 3);
    const auto* data = static_cast<const char*>(sqlite3_column_blob(row, 4));
    const std::string block =
        fuzz::damaged(std::string(data == nullptr ? "" : data, static_cast<std::size_t>(sqlite3_column_bytes(row, 4))),
                      bytes.text(24));
    sqlite3_finalize(row);
    const auto sum = static_cast<std::int64_t>(store_detail::block_checksum(block, segment, column, name));
    database.run("UPDATE columns SET checksum = ?2, data = ?3 WHERE rowid = ?1", {id, sum}, &block);
    return;
  }
  sqlite3_finalize(row);
}

void spoil_rows(const std::filesystem::path& file, std::string_view input) {
  constexpr const char* kFields[] = {"kind",     "partition", "experiment", "rows",     "min_at",          "max_at",
                                     "min_unit", "max_unit",  "min_kind",   "max_kind", "max_recorded_at", "print_low"};
  fuzz::OpenDatabase database(file);
  fuzz::Bytes bytes(input);
  for (int changes = 0; !bytes.empty() && changes < 8; ++changes) {
    const auto what = bytes.take(1) % 20;
    if (what < 12) {
      const auto row = static_cast<std::int64_t>(bytes.take(1) % 16);
      database.run(std::string("UPDATE segments SET ") + kFields[what] + " = ?2 WHERE id = ?1 OR ?1 = 0",
                   {row, fuzz::odd_number(bytes)});
    } else if (what < 18) {
      spoil_block(database, bytes);
    } else {
      database.run("UPDATE dictionary SET code = ?2 WHERE code = ?1",
                   {static_cast<std::int64_t>(bytes.take(1) % 16), fuzz::odd_number(bytes)});
    }
  }
  seal_segments(database);
}

void read_whole(const Store& store) {
  const auto look = [&store](std::span<const std::int32_t> codes) {
    for (const std::int32_t code : codes) (void)store.text(code);
  };
  const std::int32_t experiment = store.code("landing").value_or(1), wide = store.code("wide").value_or(1);
  const std::vector<std::int32_t> kinds = {store.code("converted").value_or(1), store.code("complaint").value_or(1)};
  for (std::size_t partition = 0; partition < std::min<std::size_t>(store.partitions(), 64); ++partition) {
    (void)store.scan_exposures(partition, experiment, kForever, [&](const ExposureBlock& block) {
      fuzz::require(block.at.size() == block.unit.size() && block.segments.size() == block.unit.size(), "columns");
      look(block.variant);
      look(block.segments);
    });
    (void)store.scan_deliveries(partition, experiment, kForever,
                                [&](const DeliveryBlock& block) { look(block.reason); });
    (void)store.scan_outcomes(partition, kinds, -kForever, kForever, [&](const OutcomeBlock& block) {
      fuzz::require(block.value.size() == block.unit.size(), "columns of equal length");
      look(block.kind);
    });
    (void)store.scan_wide(partition, wide, [&](const WideBlock& block) {
      for (const WideOutcome& outcome : block.outcomes)
        fuzz::require(outcome.value.size() == block.unit.size(), "columns of equal length");
      for (const WideSegment& segment : block.segments) look(segment.value);
    });
  }
  (void)store.quarantine();
  (void)store.totals();
  (void)store.complete_until();
  (void)store.data_fingerprint();
}

}  // namespace
}  // namespace tactful

TACTFUL_FUZZ_TARGET(store) {
  using namespace tactful;
  if (input.empty()) return;
  const std::string& good = fuzz::good_store();
  const std::filesystem::path file = fuzz::fresh_folder() / "store.db";
  if (input.front() == 'b') {
    fuzz::write_file(file, fuzz::damaged(good, input.substr(1)));
  } else {
    fuzz::write_file(file, good);
    spoil_rows(file, input.substr(1));
  }
  if (const auto store = Store::open(file, Store::Mode::kReadOnly)) read_whole(**store);
  if (const auto store = Store::open(file, Store::Mode::kReadWrite)) {
    const IngestEvent more[] = {fuzz::made_event(EventType::kOutcome, 100), fuzz::made_event(EventType::kExposure, 3)};
    const auto added = (*store)->ingest(more, "more");
    fuzz::require(!added || added->read == 2, "both events are accounted for");
  }
}
