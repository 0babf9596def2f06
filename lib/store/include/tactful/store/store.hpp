#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tactful/core/json.hpp"
#include "tactful/core/log.hpp"
#include "tactful/core/result.hpp"
#include "tactful/journal/event.hpp"
#include "tactful/store/event_source.hpp"

namespace tactful {

/// What a collect or an import did. read = added + duplicates + conflicts + forgotten + expired + changed.
struct IngestSummary {
  std::int64_t read = 0;
  std::int64_t added = 0;
  std::int64_t duplicates = 0;  ///< Same identity and payload as an event already there.
  std::int64_t conflicts =
      0;  ///< Same identity, another payload: the least (recorded_at, writer, sequence) is kept, the other quarantined.
  std::int64_t forgotten = 0;  ///< Of units that were forgotten: they stay out.
  std::int64_t expired = 0;    ///< From before what was purged: they stay out.
  // Of a wide table that replaces an earlier one:
  std::int64_t changed = 0;  ///< Rows that were there with other values; `duplicates` are those with the same.
  std::int64_t removed = 0;  ///< Rows that were there and that the new table lacks.
  std::int64_t earlier = 0;  ///< Rows whose exposure the new table has later than it was: they keep the earlier time.
  bool operator==(const IngestSummary&) const = default;
};

/// An event ready for the store, texts spelled out; imports make these.
struct IngestEvent {
  StoredEvent event;  ///< Its text codes are ignored in favour of the texts below.
  std::string_view source, experiment, experiment_fingerprint, variant, wording_fingerprint, phase, reason, channel,
      kind, segments;
  std::string_view ticket_before, ticket_after;
};

/// Rows of a wide table ready for the store; all columns have `unit.size()` entries.
struct IngestWide {
  std::string experiment;
  std::vector<UnitId> unit, cluster;  ///< cluster empty or full.
  std::vector<std::string> variant;
  std::vector<TimeMs> at;  ///< Empty or full.
  struct Outcome {
    std::string kind;
    std::vector<double> value;
    std::vector<std::uint8_t> present;
  };
  struct Segment {
    std::string name;
    std::vector<std::string> value;
  };
  std::vector<Outcome> outcomes;
  std::vector<Segment> segments;
};

/// What analysis reads: one SQLite file whose events lie in immutable columnar segments (docs/spec/store.md),
/// deduplicated by (source, unit, event id). Collecting twice, in any order of journals, after any crash, gives the
/// same store. A writer and any number of readers may be open at once, in one process or several; a reader sees the
/// store as it was when it was opened, and neither waits for the other. Thread-safety: one thread at a time for what
/// changes the store; the EventSource members from several threads at once, on the state as of the last change, but not
/// while this same object changes (open a reader for that).
class Store : public EventSource {
 public:
  enum class Mode { kReadOnly, kReadWrite, kCreate };  ///< kCreate: read-write, made when absent.

  /// Errors: kNotFound, kStorage, kInvalidInput (no store), kUnsupportedVersion (newer), kUnavailable (another writer
  /// holds it). For writing, a store with a second name (hard link) or on a network file system is kStorage; reading
  /// one there is logged as a warning.
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(const std::filesystem::path& file, Mode mode,
                                                           LogSink* log = nullptr);

  /// Key and purpose that the store's pseudonyms belong to; empty until the first ingest. See Pseudonymizer::key_id().
  [[nodiscard]] virtual const std::string& key_id() const noexcept = 0;
  /// Binds a store without events to a key. Errors: kRefused when it is bound to another.
  [[nodiscard]] virtual Status bind_key(std::string_view key_id, std::string_view purpose) = 0;

  /// Brings in what a journal holds past its watermark, in one transaction: all or nothing.
  /// A journal that was put back to an earlier copy is noticed, logged and read again from its beginning.
  /// Errors: those of JournalReader::open(), kRefused for another key or purpose, kInvalidInput naming the journal for
  /// an event that ingest() would refuse or a text that is not there, kStorage.
  [[nodiscard]] virtual Result<IngestSummary> collect(const std::filesystem::path& journal) = 0;

  /// Brings in events, in one transaction. `batch` names them for provenance (hashes of contents; a file's name may
  /// tell of people) and is their writer where payloads conflict. Errors: kInvalidArgument for an event without unit,
  /// source, or what its type requires, or with a value that is not finite; kStorage.
  [[nodiscard]] virtual Result<IngestSummary> ingest(std::span<const IngestEvent> events, std::string_view batch) = 0;

  /// As ingest(), for more events than should lie in memory at once: `next` gives them slice by slice, an empty one at
  /// the end; an error of `next` is returned and nothing is kept. A slice is read before `next` is called again.
  [[nodiscard]] virtual Result<IngestSummary> ingest_stream(
      const std::function<Result<std::span<const IngestEvent>>()>& next, std::string_view batch) = 0;

  /// Brings in a wide table, in one transaction. `batch` identifies its content: the same batch again is all
  /// duplicates; another wide table for the same experiment is refused with kConflict unless `replace`, which puts it
  /// in the earlier one's place: units that were there keep their exposure (the variant, and the earlier of both
  /// times), their other values are those of the new table. kConflict when units are in other variants only than
  /// before.
  [[nodiscard]] virtual Result<IngestSummary> ingest_wide(const IngestWide& table, std::string_view batch,
                                                          bool replace) = 0;

  using QuarantinedEvent = tactful::QuarantinedEvent;
  /// What lost against another payload, by unit, event, source and order. Reads the identities of the whole store.
  [[nodiscard]] virtual Result<std::vector<QuarantinedEvent>> quarantine() const = 0;
  /// Decides about a quarantined event, by its handle or the first digits of it; stands over the order of arrival from
  /// then on. A dry run only looks for it, also on a store that is open for reading. Errors: kNotFound, kConflict when
  /// several have these digits, kInvalidArgument without `who`.
  [[nodiscard]] virtual Status decide(std::string_view handle, QuarantineAction action, std::string_view who,
                                      std::string_view why, TimeMs now, bool dry_run = false) = 0;
  /// What was decided, in order.
  [[nodiscard]] virtual Result<std::vector<QuarantineDecision>> decisions() const = 0;

  /// Removes everything about the units and keeps a tombstone of each, so that late events, journals read again and
  /// imports of them stay out (and are counted). The same units again change nothing. After a kill at any point, the
  /// next opening for writing finishes what was begun. Then the file is built anew and the log cut, so that no byte of
  /// them is left in either; what the file system keeps of freed blocks, snapshots and backups is out of reach. A dry
  /// run only counts, also on a store that is open for reading. Time: one pass over the units' column, and a copy of
  /// the file. Errors: kInvalidArgument for a unit outside [1, 2^63), kStorage.
  [[nodiscard]] virtual Result<StoreErasure> forget(std::span<const UnitId> units, TimeMs now,
                                                    bool dry_run = false) = 0;

  /// Removes events, rows of wide tables that have times, and quarantined events from before `before`, keeps the
  /// aggregates in the same transaction, and refuses older events from then on. Where an event goes and younger
  /// versions of its identity are in quarantine, the least of them takes its place (reinstated), unless somebody
  /// decided for the one that goes. An aggregate of the same experiment and `before` is never replaced, so running it
  /// again changes nothing. Dry run, kills, bytes, errors: as forget(); kInvalidArgument when `before` is after `now`.
  [[nodiscard]] virtual Result<StorePurge> purge(TimeMs before, TimeMs now, std::span<const Aggregate> aggregates,
                                                 bool dry_run = false) = 0;
  /// Keys of the experiments that have exposures, deliveries, holds or rows of tables with times from before `before`,
  /// sorted. Errors: kStorage.
  [[nodiscard]] virtual Result<std::vector<std::string>> experiments(TimeMs before) const = 0;
  /// What purges kept, by experiment and time.
  [[nodiscard]] virtual Result<std::vector<Aggregate>> aggregates() const = 0;

  /// Sorts every group of segments by unit and time and fills them up: an evaluation finds a unit's rows together.
  /// The events are the same before and after; one transaction a group, so a kill loses no more than the group at work.
  /// Memory: about 320 bytes per row of the largest group, which a partition bounds (2^20 rows). Needs room for a
  /// second copy of the file. Errors: kStorage.
  [[nodiscard]] virtual Result<StoreCompaction> compact() = 0;

  /// Everything held about one unit: `{"events": [...], "wide_rows": [...], "quarantined": [...]}`
  /// (docs/spec/subject.md). Errors: kStorage.
  [[nodiscard]] virtual Result<Json> subject(UnitId unit) const = 0;

  struct Totals {
    std::int64_t exposures = 0, deliveries = 0, outcomes = 0, holds = 0, contacts = 0, wide_rows = 0, quarantined = 0,
                 segments = 0, journals = 0;
    std::int64_t bytes = 0;
  };
  [[nodiscard]] virtual Result<Totals> totals() const = 0;

 protected:
  Store() = default;
};

}  // namespace tactful
