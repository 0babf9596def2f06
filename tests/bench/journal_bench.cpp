// Durable recording through Journal against its reference in the same run: prepared SQLite inserts of the same rows,
// with the same durability, group size and checkpoints, written by hand. Compare `events/s` of Journal/... and
// RawSqlite/.... The target is at least 80 % of the reference. RecordLatency measures what a caller of record() sees
// while the writer stalls (target: p99 under 5 us).
#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"
#include "tactful/journal/journal.hpp"

namespace tactful {
namespace {

constexpr int kEvents = 50'000;
constexpr int kGroup = 256;
constexpr TimeMs kNow = 1'780'000'000'000;

class FixedClock final : public Clock {
 public:
  [[nodiscard]] TimeMs now_ms() const noexcept override { return kNow; }
};

Pseudonymizer pseudonymizer() {
  std::array<unsigned char, 32> key{};
  return Pseudonymizer::from_key(key, "bench").value();
}

std::vector<std::string> make_units() {
  std::vector<std::string> units;
  for (int i = 0; i < kEvents; ++i) units.push_back("customer-" + std::to_string(i));
  return units;
}

Event exposure(std::string_view unit) {
  Event event;
  event.type = EventType::kExposure;
  event.unit = unit;
  event.at = kNow;
  event.event_id = unit;
  event.experiment = "payment-reminder";
  event.experiment_fingerprint = "5f3c2a1b0d9e8f70";
  event.variant = "helpful";
  event.wording_fingerprint = "0a1b2c3d4e5f6071";
  event.phase = "pilot";
  event.reason = "assigned";
  event.channel = "sms";
  return event;
}

Durability durability_of(const benchmark::State& state) {
  return state.range(0) == 0 ? Durability::kFull : Durability::kOs;
}

void must(int code, sqlite3* database) {
  if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
    throw std::runtime_error(sqlite3_errmsg(database));
}

// The reference: nothing but SQLite, with rows that are ready.
class RawFile {
 public:
  RawFile(const std::string& path, Durability durability) {
    must(sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                         nullptr),
         database_);
    run("PRAGMA page_size = 8192");
    run("PRAGMA journal_mode = WAL");
    run(durability == Durability::kFull ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    run("PRAGMA wal_autocheckpoint = 4000");
    run("CREATE TABLE events(sequence INTEGER PRIMARY KEY, type INTEGER NOT NULL, unit INTEGER NOT NULL,"
        " cluster INTEGER NOT NULL, at INTEGER NOT NULL, recorded_at INTEGER NOT NULL, event INTEGER NOT NULL,"
        " source INTEGER NOT NULL, experiment INTEGER NOT NULL, experiment_fingerprint INTEGER NOT NULL,"
        " variant INTEGER NOT NULL, wording_fingerprint INTEGER NOT NULL, phase INTEGER NOT NULL,"
        " reason INTEGER NOT NULL, channel INTEGER NOT NULL, kind INTEGER NOT NULL, segments INTEGER NOT NULL,"
        " value REAL NOT NULL, ticket INTEGER NOT NULL DEFAULT 0, assignee INTEGER NOT NULL DEFAULT 0,"
        " ticket_before INTEGER NOT NULL DEFAULT 0, ticket_after INTEGER NOT NULL DEFAULT 0) STRICT");
    const char* insert = "INSERT INTO events VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    must(sqlite3_prepare_v3(database_, insert, -1, SQLITE_PREPARE_PERSISTENT, &insert_, nullptr), database_);
    must(sqlite3_prepare_v3(database_, "BEGIN IMMEDIATE", -1, SQLITE_PREPARE_PERSISTENT, &begin_, nullptr), database_);
    must(sqlite3_prepare_v3(database_, "COMMIT", -1, SQLITE_PREPARE_PERSISTENT, &commit_, nullptr), database_);
  }
  ~RawFile() {
    sqlite3_finalize(insert_);
    sqlite3_finalize(begin_);
    sqlite3_finalize(commit_);
    sqlite3_close(database_);
  }
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  void begin() { step(begin_); }
  void commit() { step(commit_); }
  void insert(const StoredEvent& event) {
    int column = 0;
    sqlite3_bind_int64(insert_, ++column, event.sequence);
    sqlite3_bind_int(insert_, ++column, static_cast<int>(event.type));
    for (const std::int64_t value : {event.unit, event.cluster, event.at, event.recorded_at, event.event}) {
      sqlite3_bind_int64(insert_, ++column, value);
    }
    for (const std::int32_t value :
         {event.source, event.experiment, event.experiment_fingerprint, event.variant, event.wording_fingerprint,
          event.phase, event.reason, event.channel, event.kind, event.segments}) {
      sqlite3_bind_int(insert_, ++column, value);
    }
    sqlite3_bind_double(insert_, ++column, event.value);
    for (const std::int64_t value : {event.ticket, event.assignee}) sqlite3_bind_int64(insert_, ++column, value);
    for (const std::int32_t value : {event.ticket_before, event.ticket_after})
      sqlite3_bind_int(insert_, ++column, value);
    step(insert_);
  }

 private:
  void run(const char* sql) { must(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr), database_); }
  void step(sqlite3_stmt* statement) {
    must(sqlite3_step(statement), database_);
    sqlite3_reset(statement);
  }
  sqlite3* database_ = nullptr;
  sqlite3_stmt *insert_ = nullptr, *begin_ = nullptr, *commit_ = nullptr;
};

// The rows that the journal makes of the same events.
std::vector<StoredEvent> make_rows() {
  const Pseudonymizer p = pseudonymizer();
  std::vector<StoredEvent> rows;
  for (const std::string& unit : make_units()) {
    StoredEvent row;
    row.type = EventType::kExposure;
    row.unit = p.unit(unit);
    row.at = row.recorded_at = kNow;
    row.event = p.event(unit);
    row.source = 1, row.experiment = 2, row.experiment_fingerprint = 3, row.variant = 4, row.wording_fingerprint = 5;
    row.phase = 6, row.reason = 7, row.channel = 8;
    rows.push_back(row);
  }
  return rows;
}

void RawSqlite(benchmark::State& state) {
  const test::TempDir folder;
  RawFile file(folder / "raw.db", durability_of(state));
  std::vector<StoredEvent> rows = make_rows();
  std::int64_t sequence = 0;
  for (auto _ : state) {
    for (int i = 0; i < kEvents; ++i) {
      if (i % kGroup == 0) file.begin();
      rows[static_cast<std::size_t>(i)].sequence = ++sequence;
      file.insert(rows[static_cast<std::size_t>(i)]);
      if (i % kGroup == kGroup - 1 || i == kEvents - 1) file.commit();
    }
  }
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(sequence), benchmark::Counter::kIsRate);
}

void Journal_(benchmark::State& state) {
  const test::TempDir folder;
  const FixedClock clock;
  JournalOptions options;
  options.durability = durability_of(state);
  options.group_events = kGroup;
  options.block_timeout_ms = 60'000;
  const auto journal = Journal::open(folder.path(), pseudonymizer(), clock, options).value();
  const std::vector<std::string> units = make_units();
  for (auto _ : state) {
    for (const std::string& unit : units) {
      if (!journal->record(exposure(unit)).ok()) throw std::runtime_error("refused");
    }
    if (!journal->flush().ok()) throw std::runtime_error("not stored");
  }
  const JournalCounters counters = journal->counters();
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(counters.recorded), benchmark::Counter::kIsRate);
  state.counters["bytes/event"] =
      static_cast<double>(std::filesystem::file_size(journal->file())) / static_cast<double>(counters.recorded);
  state.counters["events/commit"] = static_cast<double>(counters.recorded) / static_cast<double>(counters.commits);
}

// The writer is held inside an acknowledgement, which is as long a stall of the disk as one likes.
void RecordLatency(benchmark::State& state) {
  const FixedClock clock;
  const std::vector<std::string> units = make_units();
  std::vector<std::int64_t> latencies;
  for (auto _ : state) {
    const test::TempDir folder;
    const auto journal = Journal::open(folder.path(), pseudonymizer(), clock).value();
    std::promise<void> stalled, release;
    const auto hold = [&](const Status&) {
      stalled.set_value();
      release.get_future().wait();
    };
    if (!journal->record(exposure("first"), hold).ok()) throw std::runtime_error("refused");
    stalled.get_future().wait();
    for (const std::string& unit : units) {
      const auto before = std::chrono::steady_clock::now();
      const Status status = journal->record(exposure(unit));
      const auto after = std::chrono::steady_clock::now();
      if (!status.ok()) throw std::runtime_error("refused");
      latencies.push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(after - before).count());
    }
    release.set_value();
  }
  std::sort(latencies.begin(), latencies.end());
  const auto quantile = [&](double q) {
    return static_cast<double>(latencies[static_cast<std::size_t>(q * static_cast<double>(latencies.size() - 1))]);
  };
  state.counters["p50_ns"] = quantile(0.5);
  state.counters["p99_ns"] = quantile(0.99);
  state.counters["p99.9_ns"] = quantile(0.999);
}

BENCHMARK(RawSqlite)->ArgName("os")->Arg(0)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond)->MinTime(2.0);
BENCHMARK(Journal_)
    ->Name("Journal")
    ->ArgName("os")
    ->Arg(0)
    ->Arg(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->MinTime(2.0);
BENCHMARK(RecordLatency)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(10);

}  // namespace
}  // namespace tactful
