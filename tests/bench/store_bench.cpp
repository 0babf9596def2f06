// Import of an events CSV, and deduplicated ingest from memory against SQLite with a unique text key in the same run.
#include <benchmark/benchmark.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tactful/store/import.hpp"
#include "tactful/store/store.hpp"

namespace tactful {
namespace {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tactful-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

Pseudonymizer pseudonymizer() {
  std::array<unsigned char, 32> key{};
  key[0] = 1;
  return Pseudonymizer::from_key(key, "bench").value();
}

UnitId unit_of(std::int64_t i) {
  return static_cast<UnitId>((static_cast<std::uint64_t>(i * 9 / 10 + 1) * 0x9E3779B97F4A7C15u) >> 1);
}

std::vector<IngestEvent> outcomes(std::int64_t count) {
  std::vector<IngestEvent> events(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    IngestEvent& e = events[static_cast<std::size_t>(i)];
    e.event.unit = unit_of(i);
    e.event.event = static_cast<std::int64_t>((static_cast<std::uint64_t>(i + 77) * 0xD6E8FEB86659FD93u) >> 1);
    e.event.at = 1'700'000'000'000 + i * 50;
    e.event.recorded_at = e.event.at + 400;
    e.event.sequence = i + 1;
    e.event.value = 1.0;
    e.source = "crm";
    e.kind = i % 20 == 0 ? "complaint" : "converted";
  }
  return events;
}

void check(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(what);
}

void import_events_csv(benchmark::State& state) {
  const Folder folder;
  const std::int64_t rows = state.range(0);
  {
    std::ofstream out(folder / "exposures.csv");
    out << "unit,variant,at,region\n";
    for (std::int64_t i = 0; i < rows; ++i) {
      out << "cust-" << 100'000'000 + i << ',' << (i % 2 == 0 ? "control" : "treatment") << ','
          << 1'700'000'000'000 + i * 50 << ",r" << i % 8 << '\n';
    }
  }
  const Pseudonymizer keyed = pseudonymizer();
  for (auto _ : state) {
    std::filesystem::remove(folder / "s.db");
    auto store = Store::open(folder / "s.db", Store::Mode::kCreate).value();
    EventsImport request;
    request.exposures = folder / "exposures.csv";
    request.experiment = "bench";
    check(import_events(*store, keyed, request, 1'800'000'000'000).value().added == rows, "import");
  }
  state.SetItemsProcessed(state.iterations() * rows);
}
BENCHMARK(import_events_csv)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void ingest_deduplicated(benchmark::State& state) {
  const Folder folder;
  const std::int64_t rows = state.range(0);
  const std::vector<IngestEvent> events = outcomes(rows);
  for (auto _ : state) {
    std::filesystem::remove(folder / "s.db");
    auto store = Store::open(folder / "s.db", Store::Mode::kCreate).value();
    check(store->ingest(events, "bench").value().added == rows, "ingest");
  }
  state.SetItemsProcessed(state.iterations() * rows);
}
BENCHMARK(ingest_deduplicated)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

/// The same events again: all of them are found to be there.
void ingest_duplicates(benchmark::State& state) {
  const Folder folder;
  const std::int64_t rows = state.range(0);
  const std::vector<IngestEvent> events = outcomes(rows);
  auto store = Store::open(folder / "s.db", Store::Mode::kCreate).value();
  check(store->ingest(events, "bench").has_value(), "ingest");
  for (auto _ : state) check(store->ingest(events, "bench").value().duplicates == rows, "duplicates");
  state.SetItemsProcessed(state.iterations() * rows);
}
BENCHMARK(ingest_duplicates)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

/// The reference: a table of the same events whose text id is unique, in batches of 10,000, WAL.
void sqlite_unique_text_key(benchmark::State& state) {
  const Folder folder;
  const std::int64_t rows = state.range(0);
  const std::vector<IngestEvent> events = outcomes(rows);
  for (auto _ : state) {
    const auto file = (folder / "r.db").string();
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file + end);
    sqlite3* db = nullptr;
    check(sqlite3_open(file.c_str(), &db) == SQLITE_OK, "open");
    sqlite3_exec(
        db,
        "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000;"
        "CREATE TABLE outcomes(unit INTEGER, kind INTEGER, at INTEGER, value REAL, event_id TEXT UNIQUE)",
        nullptr, nullptr, nullptr);
    sqlite3_stmt* insert = nullptr;
    check(sqlite3_prepare_v2(db, "INSERT OR IGNORE INTO outcomes VALUES (?, ?, ?, ?, ?)", -1, &insert, nullptr) ==
              SQLITE_OK,
          "prepare");
    sqlite3_exec(db, "BEGIN", nullptr, nullptr, nullptr);
    std::int64_t in_batch = 0;
    for (const IngestEvent& e : events) {
      const std::string id = std::to_string(e.event.event);
      sqlite3_bind_int64(insert, 1, e.event.unit);
      sqlite3_bind_int64(insert, 2, e.kind == "complaint" ? 1 : 2);
      sqlite3_bind_int64(insert, 3, e.event.at);
      sqlite3_bind_double(insert, 4, e.event.value);
      sqlite3_bind_text(insert, 5, id.data(), static_cast<int>(id.size()), SQLITE_STATIC);
      check(sqlite3_step(insert) == SQLITE_DONE, "step");
      sqlite3_reset(insert);
      if (++in_batch % 10'000 == 0) sqlite3_exec(db, "COMMIT; BEGIN", nullptr, nullptr, nullptr);
    }
    sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
    sqlite3_finalize(insert);
    sqlite3_close(db);
  }
  state.SetItemsProcessed(state.iterations() * rows);
}
BENCHMARK(sqlite_unique_text_key)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(1);

/// Ingest into a store that has forgotten 1,000 units: every unit is held against the tombstones.
void ingest_past_tombstones(benchmark::State& state) {
  const auto events = outcomes(state.range(0));
  std::vector<UnitId> forgotten;
  for (UnitId unit = 1; unit <= 1'000; ++unit) forgotten.push_back(unit);
  for (auto _ : state) {
    const Folder folder;
    auto store = Store::open(folder / "s.db", Store::Mode::kCreate);
    check(store.has_value() && (*store)->forget(forgotten, 1).has_value(), "forget");
    const auto summary = (*store)->ingest(events, "b");
    check(summary.has_value() && summary->added == state.range(0), "ingest");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(ingest_past_tombstones)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

/// Sorting a store that came in by time, and the copy of the file that closes it.
void compact(benchmark::State& state) {
  const auto events = outcomes(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    const Folder folder;
    auto store = Store::open(folder / "s.db", Store::Mode::kCreate);
    check(store.has_value() && (*store)->ingest(events, "b").has_value(), "ingest");
    state.ResumeTiming();
    const auto done = (*store)->compact();
    check(done.has_value() && done->rows_sorted == state.range(0), "compact");
    state.counters["bytes_per_event"] = static_cast<double>(done->bytes_after) / static_cast<double>(state.range(0));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(compact)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

/// Forgetting 100 units of a store: the rewrite of what holds them, and a file built anew.
void forget(benchmark::State& state) {
  const auto events = outcomes(state.range(0));
  std::vector<UnitId> units;
  for (std::int64_t i = 0; i < 100; ++i)
    units.push_back(events[static_cast<std::size_t>(i * 7'919 % state.range(0))].event.unit);
  for (auto _ : state) {
    state.PauseTiming();
    const Folder folder;
    auto store = Store::open(folder / "s.db", Store::Mode::kCreate);
    check(store.has_value() && (*store)->ingest(events, "b").has_value(), "ingest");
    state.ResumeTiming();
    const auto done = (*store)->forget(units, 1);
    check(done.has_value() && done->bytes_gone && done->events >= 100, "forget");
  }
}
BENCHMARK(forget)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void scan_outcomes(benchmark::State& state) {
  const Folder folder;
  const std::int64_t rows = state.range(0);
  auto store = Store::open(folder / "s.db", Store::Mode::kCreate).value();
  check(store->ingest(outcomes(rows), "bench").has_value(), "ingest");
  const std::int32_t kind = store->code("converted").value();
  for (auto _ : state) {
    double sum = 0.0;
    for (std::size_t partition = 0; partition < store->partitions(); ++partition) {
      check(store
                ->scan_outcomes(partition, {&kind, 1}, 0, std::int64_t{1} << 60,
                                [&sum](const OutcomeBlock& block) {
                                  for (const double value : block.value) sum += value;
                                })
                .ok(),
            "scan");
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * rows);
}
BENCHMARK(scan_outcomes)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tactful

BENCHMARK_MAIN();
