#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "deduplicator.hpp"
#include "failure.hpp"
#include "gate.hpp"
#include "store_hooks.hpp"
#include "tactful/store/store.hpp"
#include "wide_rows.hpp"

namespace tactful::store_detail {

/// The stored events of some identities, each with the segment it lies in.
[[nodiscard]] std::map<Identity, std::pair<EventRows, std::int64_t>> find_stored(const Segments& segments,
                                                                                 const EventRows& wanted);

/// Partitions double when one would hold more rows than this; 256 at most.
inline constexpr std::int64_t kPartitionRows = 1 << 20;
inline constexpr int kMaxPartitionBits = 8;

class SqliteStore final : public Store {
 public:
  SqliteStore(const std::filesystem::path& file, Mode mode, LogSink* log, StoreHooks hooks);

  [[nodiscard]] const std::string& key_id() const noexcept override { return key_id_; }
  [[nodiscard]] Status bind_key(std::string_view key_id, std::string_view purpose) override;
  [[nodiscard]] Result<IngestSummary> collect(const std::filesystem::path& journal) override;
  [[nodiscard]] Result<IngestSummary> ingest(std::span<const IngestEvent> events, std::string_view batch) override;
  [[nodiscard]] Result<IngestSummary> ingest_stream(const std::function<Result<std::span<const IngestEvent>>()>& next,
                                                    std::string_view batch) override;
  [[nodiscard]] Result<IngestSummary> ingest_wide(const IngestWide& table, std::string_view batch,
                                                  bool replace) override;
  [[nodiscard]] Result<std::vector<QuarantinedEvent>> quarantine() const override;
  [[nodiscard]] Status decide(std::string_view handle, QuarantineAction action, std::string_view who,
                              std::string_view why, TimeMs now, bool dry_run) override;
  [[nodiscard]] Result<std::vector<QuarantineDecision>> decisions() const override;
  [[nodiscard]] Result<StoreErasure> forget(std::span<const UnitId> units, TimeMs now, bool dry_run) override;
  [[nodiscard]] Result<StorePurge> purge(TimeMs before, TimeMs now, std::span<const Aggregate> aggregates,
                                         bool dry_run) override;
  [[nodiscard]] Result<std::vector<std::string>> experiments(TimeMs before) const override;
  [[nodiscard]] Result<std::vector<Aggregate>> aggregates() const override;
  [[nodiscard]] Result<StoreCompaction> compact() override;
  [[nodiscard]] Result<Json> subject(UnitId unit) const override;
  [[nodiscard]] Result<Totals> totals() const override;

  [[nodiscard]] std::size_t partitions() const noexcept override { return std::size_t{1} << partition_bits_; }
  [[nodiscard]] std::string_view text(std::int32_t code) const override { return dictionary_.text(code); }
  [[nodiscard]] std::optional<std::int32_t> code(std::string_view text) const override {
    return dictionary_.code(text);
  }
  [[nodiscard]] Status scan_exposures(std::size_t partition, std::int32_t experiment, TimeMs before,
                                      const ExposureVisitor& visit) const override;
  [[nodiscard]] Status scan_deliveries(std::size_t partition, std::int32_t experiment, TimeMs before,
                                       const DeliveryVisitor& visit) const override;
  [[nodiscard]] Status scan_contacts(std::size_t partition, std::int32_t experiment, TimeMs before,
                                     const ContactVisitor& visit) const override;
  [[nodiscard]] Status scan_outcomes(std::size_t partition, std::span<const std::int32_t> kinds, TimeMs from,
                                     TimeMs before, const OutcomeVisitor& visit) const override;
  [[nodiscard]] Status scan_wide(std::size_t partition, std::int32_t experiment,
                                 const WideVisitor& visit) const override;
  [[nodiscard]] std::optional<TimeMs> complete_until() const override;
  [[nodiscard]] Result<std::string> data_fingerprint() const override;
  [[nodiscard]] Result<SourceHistory> history() const override;

 private:
  /// Runs `body` in one transaction; what memory knows changes only with the commit.
  [[nodiscard]] Result<IngestSummary> change(const std::function<IngestSummary()>& body);
  void require_writer() const;
  void step(std::string_view name) const {
    if (hooks_.at) hooks_.at(name);
  }
  void migrate();
  void count_refused(const IngestSummary& summary);
  [[nodiscard]] std::int64_t number_of(const std::string& name) const;

  // Removing (store_removal.cpp). What goes is told by a predicate over (unit, at); at is 0 where a wide table has no
  // times.
  struct Removal {
    std::function<bool(UnitId, TimeMs)> goes;
    std::function<bool(const Segment&)> may_hold;
    bool tells_units = false;
    std::int64_t events = 0, wide_rows = 0, segments = 0;
    std::set<UnitId> units_found;
    std::map<std::int32_t, std::set<UnitId>> units_of;  // by experiment
  };
  [[nodiscard]] bool may_be_older(const Segment& segment, TimeMs before) const;
  void remove_rows(Removal& removal, bool dry_run);
  void remove_rows_of(const Segment& segment, Removal& removal, bool dry_run);
  // What is left of a removal before its bytes are gone; a store remembers it.
  enum RemovalState : std::int64_t { kNothingLeft = 0, kToRebuild = 1, kToCut = 2 };
  [[nodiscard]] std::int64_t removal_state() const { return number_of("unfinished_removal"); }
  void set_removal_state(RemovalState state);
  /// Rebuilds the file where something was removed and cuts the log, each once; what is left to do then, in words.
  [[nodiscard]] std::string finish_removal();
  void record_erasure(const StoreErasure& erasure, const Removal& removal, TimeMs now);
  void record_purge(const StorePurge& purge, TimeMs before, TimeMs now);
  [[nodiscard]] Quarantine::Held heirs_of_purge(TimeMs before);
  void reinstate(const Quarantine::Held& heirs);
  std::int64_t keep(std::span<const Aggregate> aggregates, TimeMs now);
  std::int64_t compact_group(const Group& group);
  /// The one quarantined event whose handle begins so. Throws Failure.
  [[nodiscard]] Quarantine::Held find_held(std::string_view handle) const;
  void let_stand(const EventRows& chosen, const Print& print);
  void bind(std::string_view key_id, std::string_view purpose);
  void record_batch(std::string_view batch, std::int64_t rows);
  IngestSummary collect_from(const std::filesystem::path& journal);
  IngestSummary replace_wide(const IngestWide& table, std::string_view batch, bool replace);
  void split_when_large();
  void repartition(int bits);
  void repartition_events(const Group& group, const std::vector<Segment>& segments, int bits);
  void repartition_wide(const Group& group, const std::vector<Segment>& segments, int bits);

  Mode mode_;
  LogSink* log_;
  StoreHooks hooks_;
  Database database_;
  Dictionary dictionary_;
  Segments segments_;
  Quarantine quarantine_;
  Gate gate_;
  bool gate_stale_ = false;  // after a change that failed
  std::string key_id_;
  int partition_bits_ = 0;
};

}  // namespace tactful::store_detail
