// Collecting journals, replacing wide tables and splitting partitions.
#include <algorithm>

#include "event_check.hpp"
#include "sqlite_store.hpp"
#include "tactful/journal/journal_reader.hpp"
#include "wide_change.hpp"

namespace tactful::store_detail {
namespace {

constexpr std::size_t kReadRows = 65'536;

template <typename T>
T value_or_throw(Result<T> result) {
  if (!result) throw Failure(result.error());
  return std::move(result).value();
}

/// The store's codes of a journal's texts, each looked up once.
class JournalCodes {
 public:
  JournalCodes(JournalReader& reader, Dictionary& dictionary) : reader_(reader), dictionary_(dictionary) {}

  std::int32_t operator()(std::int32_t code) {
    if (code == 0) return 0;
    const auto index = static_cast<std::size_t>(code);
    if (code > 0 && index < known_.size() && known_[index] != 0) return known_[index];
    const std::string text = value_or_throw(reader_.text(code));
    if (index >= known_.size()) known_.resize(index + 1, 0);
    known_[index] = dictionary_.intern(text);
    return known_[index];
  }

  StoredEvent translate(StoredEvent event) {
    for (std::int32_t* code : {&event.source, &event.experiment, &event.experiment_fingerprint, &event.variant,
                               &event.wording_fingerprint, &event.phase, &event.reason, &event.channel, &event.kind,
                               &event.segments, &event.ticket_before, &event.ticket_after}) {
      *code = (*this)(*code);
    }
    return event;
  }

 private:
  JournalReader& reader_;
  Dictionary& dictionary_;
  std::vector<std::int32_t> known_;
};

// A journal's file may have been put back to an earlier copy, whose owner then gave the sequences after it to other
// events. The last event collected tells: it is gone, or another. Reading all again is safe, since each event counts
// once.
std::string mark_name(const JournalReader& reader) { return "mark:" + reader.writer(); }

std::string mark_of(const StoredEvent& coded, const Dictionary& dictionary) {
  EventRows row;
  row.push(coded, 0);
  const Print print = print_of(row, 0, dictionary);
  return std::to_string(coded.sequence) + ":" + std::to_string(coded.recorded_at) + ":" + std::to_string(print.high) +
         ":" + std::to_string(print.low);
}

bool was_put_back(JournalReader& reader, JournalCodes& codes, const Dictionary& dictionary, std::int64_t watermark,
                  const std::string& mark) {
  const std::vector<StoredEvent> at_mark = value_or_throw(reader.read(watermark - 1, 1));
  if (!at_mark.empty() && at_mark.front().sequence == watermark) {
    return !mark.empty() && mark_of(codes.translate(at_mark.front()), dictionary) != mark;
  }
  return !value_or_throw(reader.is_erased(watermark));  // asked last: its owner may erase it while we look
}

StoredEvent checked(const StoredEvent& coded, const std::filesystem::path& journal) {
  const char* wrong = event_fault(coded);
  if (wrong == nullptr) return coded;
  throw Failure({ErrorCode::kInvalidInput, "the journal's event " + std::to_string(coded.sequence) + " " + wrong,
                 journal.string(), "the file is damaged, or another program wrote into it"});
}

std::int64_t watermark_of(const Database& database, const std::string& writer) {
  SQLite::Statement query(*database.sqlite, "SELECT watermark FROM journals WHERE writer = ?");
  query.bind(1, writer);
  return query.executeStep() ? query.getColumn(0).getInt64() : 0;
}

void set_watermark(const Database& database, const std::string& writer, std::int64_t watermark, std::int64_t read) {
  SQLite::Statement update(*database.sqlite,
                           "INSERT INTO journals(writer, watermark, events) VALUES (?1, ?2, ?3) "
                           "ON CONFLICT(writer) DO UPDATE SET watermark = ?2, events = events + ?3");
  update.bind(1, writer);
  update.bind(2, watermark);
  update.bind(3, read);
  update.exec();
}

// Rows of forgotten units, and those from before the purge, stay out of a table too.
Gate::Refused filter_wide(const Gate& gate, WideRows& rows) {
  Gate::Refused refused;
  if (gate.is_open()) return refused;
  const std::vector<std::int64_t>* at = rows.find(kAt);
  std::vector<std::size_t> kept;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (gate.is_forgotten(rows.columns[0][row])) {
      ++refused.forgotten;
    } else if (at != nullptr && gate.is_expired((*at)[row])) {
      ++refused.expired;
    } else {
      kept.push_back(row);
    }
  }
  for (auto& column : rows.columns) {
    for (std::size_t index = 0; index < kept.size(); ++index) column[index] = column[kept[index]];
    column.resize(kept.size());
  }
  return refused;
}

/// Who was given which wording does not change afterwards; a table that says so was made otherwise, or of others.
void refuse_moved(const WideChange& change, const std::string& experiment, const std::string& file) {
  if (change.moved == 0) return;
  throw Failure({ErrorCode::kConflict,
                 std::to_string(change.moved) + (change.moved == 1 ? " unit is" : " units are") +
                     " in another variant than in the earlier table of `" + experiment +
                     "`: who was given which wording does not change afterwards",
                 file,
                 "check the column of variants and the ids; if the earlier table was wrong, import this one into a new "
                 "store"});
}

void set_losses(const Database& database, JournalReader& reader) {
  const JournalLosses losses = value_or_throw(reader.losses());
  SQLite::Statement update(
      *database.sqlite,
      "INSERT OR REPLACE INTO losses(writer, dropped, failed, refused, withheld) VALUES (?, ?, ?, ?, ?)");
  update.bind(1, reader.writer());
  update.bind(2, losses.dropped);
  update.bind(3, losses.failed);
  update.bind(4, losses.refused);
  update.bind(5, losses.withheld);
  update.exec();
}

}  // namespace

Result<IngestSummary> SqliteStore::collect(const std::filesystem::path& journal) {
  return change([&] { return collect_from(journal); });
}

IngestSummary SqliteStore::collect_from(const std::filesystem::path& journal) {
  const std::unique_ptr<JournalReader> reader = value_or_throw(JournalReader::open(journal));
  bind(reader->key_id(), reader->purpose());
  const std::int64_t watermark = watermark_of(database_, reader->writer());
  std::string mark = database_.meta(mark_name(*reader));
  const std::int32_t writer = dictionary_.intern(reader->writer());
  JournalCodes codes(*reader, dictionary_);
  Deduplicator deduplicator(segments_, quarantine_, gate_, dictionary_, partition_bits_);
  std::int64_t last = watermark;
  if (watermark > 0 && was_put_back(*reader, codes, dictionary_, watermark, mark)) {
    last = 0;
    mark.clear();
    if (log_ != nullptr) {
      log_->log(LogLevel::kWarning,
                "the journal " + journal.string() + " was put back to an earlier copy; all of it is read again");
    }
  }
  EventRows rows;
  while (true) {
    const std::vector<StoredEvent> events = value_or_throw(reader->read(last, kReadRows));
    if (events.empty()) break;
    for (const StoredEvent& event : events) rows.push(checked(codes.translate(event), journal), writer);
    last = events.back().sequence;
    mark = mark_of(codes.translate(events.back()), dictionary_);
    if (rows.size() + kReadRows <= Deduplicator::kBatchRows) continue;
    deduplicator.add(std::move(rows));
    rows = EventRows();
  }
  deduplicator.add(std::move(rows));
  set_watermark(database_, reader->writer(), last, deduplicator.summary().read);
  if (!mark.empty()) database_.set_meta(mark_name(*reader), mark);
  set_losses(database_, *reader);
  return deduplicator.summary();
}

Result<IngestSummary> SqliteStore::ingest_wide(const IngestWide& table, std::string_view batch, bool replace) {
  auto result = change([&] { return replace_wide(table, batch, replace); });
  if (result) (void)finish_removal();  // of the table that was replaced
  return result;
}

IngestSummary SqliteStore::replace_wide(const IngestWide& table, std::string_view batch, bool replace) {
  WideRows rows = wide_rows_of(table, dictionary_);
  const auto given = static_cast<std::int64_t>(rows.size());
  const Gate::Refused refused = filter_wide(gate_, rows);
  const auto size = static_cast<std::int64_t>(rows.size());
  const std::int32_t experiment = dictionary_.intern(table.experiment);
  SQLite::Statement earlier(*database_.sqlite, "SELECT batch FROM batches WHERE wide = 1 AND experiment = ?");
  earlier.bind(1, experiment);
  const bool any = earlier.executeStep();
  if (any && earlier.getColumn(0).getString() == batch) return {given, 0, size, 0, refused.forgotten, refused.expired};
  if (any && !replace) {
    throw Failure({ErrorCode::kConflict, "the experiment `" + table.experiment + "` already has another table of units",
                   database_.file, "--replace takes the new one instead of the earlier"});
  }
  earlier.reset();
  std::vector<std::int64_t> old;
  WideRows before;
  for (const auto& [id, segment] : segments_.list()) {
    if (segment.group.kind != kWideKind || segment.group.experiment != experiment) continue;
    read_wide(segments_, segment, before);
    old.push_back(id);
  }
  const WideChange change = settle_wide(before, rows);
  refuse_moved(change, table.experiment, database_.file);
  for (const std::int64_t id : old) segments_.remove(id);
  if (!old.empty()) set_removal_state(kToRebuild);
  SQLite::Statement erase(*database_.sqlite, "DELETE FROM batches WHERE wide = 1 AND experiment = ?");
  erase.bind(1, experiment);
  erase.exec();
  for (const auto& [partition, part] : partitioned(rows, partition_bits_)) {
    write_wide(segments_, {kWideKind, partition, experiment}, part, dictionary_);
  }
  SQLite::Statement insert(*database_.sqlite, "INSERT INTO batches(batch, wide, experiment, rows) VALUES (?, 1, ?, ?)");
  insert.bind(1, std::string(batch));
  insert.bind(2, experiment);
  insert.bind(3, size);
  insert.exec();
  return {given,          change.added,   change.same,   0, refused.forgotten, refused.expired,
          change.changed, change.removed, change.earlier};
}

void SqliteStore::split_when_large() {
  std::int64_t rows = 0;
  for (const auto& [id, segment] : segments_.list()) rows += segment.rows;
  int bits = partition_bits_;
  while (bits < kMaxPartitionBits && (rows >> bits) > kPartitionRows) ++bits;
  if (bits != partition_bits_) repartition(bits);
}

void SqliteStore::repartition(int bits) {
  std::map<Group, std::vector<Segment>> groups;  // by kind and experiment over all partitions
  for (const auto& [id, segment] : segments_.list())
    groups[{segment.group.kind, 0, segment.group.experiment}].push_back(segment);
  for (const auto& [group, segments] : groups) {
    if (group.kind == kWideKind) {
      repartition_wide(group, segments, bits);
    } else {
      repartition_events(group, segments, bits);
    }
  }
  partition_bits_ = bits;
  database_.set_meta("partition_bits", std::to_string(bits));
}

void SqliteStore::repartition_events(const Group& group, const std::vector<Segment>& segments, int bits) {
  std::map<std::int64_t, EventRows> parts;
  for (const Segment& segment : segments) {
    EventRows rows;
    segments_.read_events(segment, rows);
    segments_.remove(segment.id);
    std::map<std::int64_t, std::vector<std::uint32_t>> rows_of;
    for (std::size_t row = 0; row < rows.size(); ++row)
      rows_of[partition_of(rows.at(kUnit, row), bits)].push_back(static_cast<std::uint32_t>(row));
    for (const auto& [partition, list] : rows_of) {
      EventRows& part = parts[partition];
      part.append(rows, list);
      if (part.size() < kSegmentRows) continue;
      segments_.write_events({group.kind, partition, group.experiment}, part);
      part.clear();
    }
  }
  for (const auto& [partition, part] : parts) segments_.write_events({group.kind, partition, group.experiment}, part);
}

void SqliteStore::repartition_wide(const Group& group, const std::vector<Segment>& segments, int bits) {
  WideRows rows;
  for (const Segment& segment : segments) {
    read_wide(segments_, segment, rows);
    segments_.remove(segment.id);
  }
  for (const auto& [partition, part] : partitioned(rows, bits)) {
    write_wide(segments_, {group.kind, partition, group.experiment}, part, dictionary_);
  }
}

}  // namespace tactful::store_detail
