#include "sqlite_store.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "event_check.hpp"

namespace tactful::store_detail {
namespace {

/// Codes of texts that mostly repeat from one event to the next.
class Interner {
 public:
  explicit Interner(Dictionary& dictionary) : dictionary_(dictionary) {}

  std::int32_t code(std::size_t field, std::string_view text) {
    Last& last = last_[field];
    if (text.empty()) return 0;
    if (text == last.text) return last.code;
    const std::int32_t code = dictionary_.intern(text);
    last = {dictionary_.text(code), code};
    return code;
  }

 private:
  struct Last {
    std::string_view text;
    std::int32_t code = 0;
  };
  Dictionary& dictionary_;
  std::array<Last, 12> last_;
};

StoredEvent with_codes(const IngestEvent& event, Interner& interner) {
  StoredEvent coded = event.event;
  coded.source = interner.code(0, event.source);
  coded.experiment = interner.code(1, event.experiment);
  coded.experiment_fingerprint = interner.code(2, event.experiment_fingerprint);
  coded.variant = interner.code(3, event.variant);
  coded.wording_fingerprint = interner.code(4, event.wording_fingerprint);
  coded.phase = interner.code(5, event.phase);
  coded.reason = interner.code(6, event.reason);
  coded.channel = interner.code(7, event.channel);
  coded.kind = interner.code(8, event.kind);
  coded.segments = interner.code(9, event.segments);
  coded.ticket_before = interner.code(10, event.ticket_before);
  coded.ticket_after = interner.code(11, event.ticket_after);
  return coded;
}

}  // namespace

SqliteStore::SqliteStore(const std::filesystem::path& file, Mode mode, LogSink* log, StoreHooks hooks)
    : mode_(mode),
      log_(log),
      hooks_(std::move(hooks)),
      database_(file, mode, log, hooks_),
      dictionary_(database_),
      segments_(database_, dictionary_),
      quarantine_(database_, dictionary_),
      gate_(database_) {
  dictionary_.load();
  segments_.load();
  if (mode != Mode::kReadOnly && database_.version == 1) migrate();
  gate_.load();
  key_id_ = database_.meta("key_id");
  const std::string bits = database_.meta("partition_bits");
  std::from_chars(bits.data(), bits.data() + bits.size(), partition_bits_);
  const auto lies_in_none = [this](const auto& one) {
    return one.second.group.partition >= std::int64_t{1} << partition_bits_;
  };
  if (partition_bits_ < 0 || partition_bits_ > kMaxPartitionBits ||
      std::any_of(segments_.list().begin(), segments_.list().end(), lies_in_none)) {
    throw Failure({ErrorCode::kStorage, "the store's number of partitions is damaged", database_.file, kRebuildHint});
  }
  if (mode != Mode::kReadOnly) (void)finish_removal();
}

// One transaction: after a kill the file is of the one version or the other, and the next opening begins again.
void SqliteStore::migrate() {
  SQLite::Transaction transaction(*database_.sqlite, SQLite::TransactionBehavior::IMMEDIATE);
  step("migrate tables");
  database_.migrate_tables();
  step("migrate segments");
  segments_.migrate();
  step("migrate quarantine");
  quarantine_.migrate();
  step("migrate commit");
  transaction.commit();
  step("migrate done");
  if (log_ != nullptr) log_->log(LogLevel::kInfo, "the store was brought from version 1 to version 2");
}

void SqliteStore::require_writer() const {
  if (mode_ == Mode::kReadOnly)
    throw Failure({ErrorCode::kInvalidArgument, "the store is open for reading only", database_.file, ""});
}

Result<IngestSummary> SqliteStore::change(const std::function<IngestSummary()>& body) {
  Result<IngestSummary> result = guarded(database_.file, [&]() -> Result<IngestSummary> {
    require_writer();
    if (gate_stale_) gate_.load();
    gate_stale_ = false;
    SQLite::Transaction transaction(*database_.sqlite, SQLite::TransactionBehavior::IMMEDIATE);
    const std::string key_before = key_id_;
    const int bits_before = partition_bits_;
    segments_.begin();
    try {
      const IngestSummary summary = body();
      step("split");
      split_when_large();
      dictionary_.persist();
      count_refused(summary);
      step("commit");
      transaction.commit();
      step("committed");
      segments_.commit();
      dictionary_.commit();
      return summary;
    } catch (...) {
      segments_.rollback();
      dictionary_.rollback();
      key_id_ = key_before;
      partition_bits_ = bits_before;
      gate_stale_ = true;
      throw;
    }
  });
  if (!result && log_ != nullptr)
    log_->log(LogLevel::kError, "nothing was changed in the store: " + describe(result.error()));
  return result;
}

void SqliteStore::count_refused(const IngestSummary& summary) {
  if (summary.forgotten > 0)
    database_.set_meta("refused_forgotten", std::to_string(number_of("refused_forgotten") + summary.forgotten));
  if (summary.expired > 0)
    database_.set_meta("refused_expired", std::to_string(number_of("refused_expired") + summary.expired));
}

std::int64_t SqliteStore::number_of(const std::string& name) const {
  const std::string text = database_.meta(name);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void SqliteStore::bind(std::string_view key_id, std::string_view purpose) {
  if (key_id_ == key_id) return;
  if (!key_id_.empty()) {
    throw Failure({ErrorCode::kRefused,
                   "the store belongs to key " + key_id_ + " and purpose `" + database_.meta("purpose") +
                       "`, not to key " + std::string(key_id) + " and purpose `" + std::string(purpose) + "`",
                   database_.file,
                   "pseudonyms of two keys cannot be joined: use the store's key and purpose, or another store"});
  }
  database_.set_meta("key_id", key_id);
  database_.set_meta("purpose", purpose);
  key_id_ = key_id;
}

Status SqliteStore::bind_key(std::string_view key_id, std::string_view purpose) {
  const auto result = change([&] {
    bind(key_id, purpose);
    return IngestSummary{};
  });
  return result ? Status() : Status(result.error());
}

void SqliteStore::record_batch(std::string_view batch, std::int64_t rows) {
  SQLite::Statement known(*database_.sqlite, "SELECT 1 FROM batches WHERE batch = ? AND wide = 0");
  known.bind(1, std::string(batch));
  if (known.executeStep()) return;
  SQLite::Statement insert(*database_.sqlite, "INSERT INTO batches(batch, wide, experiment, rows) VALUES (?, 0, 0, ?)");
  insert.bind(1, std::string(batch));
  insert.bind(2, rows);
  insert.exec();
}

Result<IngestSummary> SqliteStore::ingest(std::span<const IngestEvent> events, std::string_view batch) {
  bool given = false;
  return ingest_stream(
      [&]() -> Result<std::span<const IngestEvent>> {
        if (given) return std::span<const IngestEvent>{};
        given = true;
        return events;
      },
      batch);
}

Result<IngestSummary> SqliteStore::ingest_stream(const std::function<Result<std::span<const IngestEvent>>()>& next,
                                                 std::string_view batch) {
  return change([&] {
    Deduplicator deduplicator(segments_, quarantine_, gate_, dictionary_, partition_bits_);
    const std::int32_t writer = dictionary_.intern(batch);
    Interner interner(dictionary_);
    EventRows rows;
    std::int64_t number = 0;
    while (true) {
      const auto slice = next();
      if (!slice) throw Failure(slice.error());
      if (slice->empty()) break;
      if (rows.empty()) rows.reserve(std::min(Deduplicator::kBatchRows, slice->size()));
      for (const IngestEvent& event : *slice) {
        const StoredEvent coded = with_codes(event, interner);
        ++number;
        if (const char* wrong = event_fault(coded)) {
          throw Failure({ErrorCode::kInvalidArgument, "event " + std::to_string(number) + " " + wrong, "events", ""});
        }
        rows.push(coded, writer);
        if (rows.size() < Deduplicator::kBatchRows) continue;
        deduplicator.add(std::move(rows));
        rows = EventRows();
      }
    }
    deduplicator.add(std::move(rows));
    record_batch(batch, number);
    return deduplicator.summary();
  });
}

Result<Store::Totals> SqliteStore::totals() const {
  return guarded(database_.file, [&]() -> Result<Totals> {
    Totals totals;
    for (const auto& [id, segment] : segments_.list()) {
      ++totals.segments;
      if (segment.group.kind == kWideKind) totals.wide_rows += segment.rows;
      if (segment.group.kind == static_cast<int>(EventType::kHold)) totals.holds += segment.rows;
      if (segment.group.kind == static_cast<int>(EventType::kExposure)) totals.exposures += segment.rows;
      if (segment.group.kind == static_cast<int>(EventType::kContact)) totals.contacts += segment.rows;
      if (segment.group.kind == static_cast<int>(EventType::kDelivery)) totals.deliveries += segment.rows;
      if (segment.group.kind == static_cast<int>(EventType::kOutcome)) totals.outcomes += segment.rows;
    }
    totals.quarantined = quarantine_.count();
    totals.journals = database_.sqlite->execAndGet("SELECT count(*) FROM journals").getInt64();
    totals.bytes = database_.sqlite->execAndGet("PRAGMA page_count").getInt64() *
                   database_.sqlite->execAndGet("PRAGMA page_size").getInt64();
    return totals;
  });
}

std::optional<TimeMs> SqliteStore::complete_until() const {
  std::optional<TimeMs> latest;
  for (const auto& [id, segment] : segments_.list()) {
    if (segment.group.kind == kWideKind) continue;
    latest = std::max(latest.value_or(segment.max_recorded_at), segment.max_recorded_at);
  }
  return latest;
}

Result<std::string> SqliteStore::data_fingerprint() const {
  Print print;
  for (const auto& [id, segment] : segments_.list()) print += segment.print;
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%016llx%016llx", static_cast<unsigned long long>(print.high),
                static_cast<unsigned long long>(print.low));
  return std::string(text.data(), 32);
}

}  // namespace tactful::store_detail

namespace tactful {

Result<std::unique_ptr<Store>> open_store(const std::filesystem::path& file, Store::Mode mode, LogSink* log,
                                          StoreHooks hooks) {
  return store_detail::guarded(file.string(), [&]() -> Result<std::unique_ptr<Store>> {
    return std::unique_ptr<Store>(std::make_unique<store_detail::SqliteStore>(file, mode, log, std::move(hooks)));
  });
}

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& file, Mode mode, LogSink* log) {
  return open_store(file, mode, log, {});
}

}  // namespace tactful
