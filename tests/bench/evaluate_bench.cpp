// From a store on disk to a scorecard: 1 million exposures and 0.45 million outcomes, opened, tallied and evaluated,
// against the same question in SQL over SQLite tables clustered by unit, in the same run. Both must count the same
// units.
#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include <filesystem>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "../decision/made_looks.hpp"
#include "support/temp_dir.hpp"
#include "tactful/decision/evaluate.hpp"
#include "tactful/store/store.hpp"
#include "tactful/tally/tally_events.hpp"

namespace tactful {
namespace {

constexpr TimeMs kStart = 20'000 * kMillisecondsPerDay;
constexpr std::int64_t kExposures = 1'000'000;
constexpr std::int64_t kOutcomes = 450'000;
constexpr const char* kVariants[] = {"control", "a", "b"};
constexpr const char* kKinds[] = {"converted", "complaint", "repeat_contact"};
constexpr TimeMs kWindows[] = {7 * kMillisecondsPerDay, 28 * kMillisecondsPerDay, 7 * kMillisecondsPerDay};

struct Row {
  UnitId unit = 0;
  TimeMs at = 0;
  int what = 0;  // variant of an exposure, kind of an outcome
};

struct Data {
  std::vector<Row> exposures, outcomes;
};

// Every tenth unit is exposed twice; outcomes fall before, within and after their windows.
const Data& data() {
  static const Data kData = [] {
    Data made;
    std::mt19937_64 random(7);
    const auto id = [](std::int64_t i) {
      return static_cast<UnitId>((static_cast<std::uint64_t>(i + 1) * 0xD6E8FEB86659FD93u) >> 1);
    };
    for (std::int64_t i = 0; i < kExposures; ++i) {
      const std::int64_t whose = i % 10 == 9 ? i - 9 : i;
      made.exposures.push_back(
          {id(whose), kStart + i * 28 * kMillisecondsPerDay / kExposures, static_cast<int>(whose % 3)});
    }
    for (std::int64_t i = 0; i < kOutcomes; ++i) {
      const Row& whose = made.exposures[random() % static_cast<std::uint64_t>(kExposures)];
      const auto delay = static_cast<TimeMs>(random() % static_cast<std::uint64_t>(40 * kMillisecondsPerDay)) -
                         2 * kMillisecondsPerDay;
      made.outcomes.push_back({whose.unit, whose.at + delay, static_cast<int>(random() % 3)});
    }
    return made;
  }();
  return kData;
}

Experiment experiment() {
  Experiment e;
  e.key = e.salt = e.title = "bench";
  e.scope = Json::object();
  e.randomisation = "made for the benchmark";
  for (const char* key : kVariants) e.variants.push_back({key, 1, key, "", {}});
  for (int m = 0; m < 3; ++m) {
    Metric metric;
    metric.key = metric.outcome = kKinds[m];
    metric.window_ms = kWindows[m];
    metric.role = m == 0 ? Role::kSuccess : Role::kGuardrail;
    if (m > 0) {
      metric.direction = Direction::kDecrease;
      metric.margin = Margin{Margin::Kind::kRatio, 1.5};
    }
    e.metrics.push_back(metric);
  }
  e.ramp = {{kStart, Fraction{Fraction::kWhole}}};
  e.pilot.start = kStart;
  e.plan.enrolment_end = kStart + 28 * kMillisecondsPerDay;
  e.pilot.end = e.last_look();
  return e;
}

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

std::filesystem::path make_store(const test::TempDir& folder) {
  std::vector<IngestEvent> events;
  std::int64_t number = 0;
  const auto add = [&](const Row& row, bool exposure) {
    IngestEvent event{};
    event.event.type = exposure ? EventType::kExposure : EventType::kOutcome;
    event.event.unit = row.unit;
    event.event.at = event.event.recorded_at = row.at;
    event.event.event = ++number;
    event.event.value = 1.0;
    event.source = "bench";
    if (exposure) {
      event.experiment = "bench";
      event.variant = kVariants[row.what];
      event.phase = "pilot";
    } else {
      event.kind = kKinds[row.what];
    }
    events.push_back(event);
  };
  for (const Row& row : data().exposures) add(row, true);
  for (const Row& row : data().outcomes) add(row, false);
  const auto file = folder / "store.db";
  const auto store = Store::open(file, Store::Mode::kCreate);
  check(store.has_value(), "cannot make the store");
  check((*store)->ingest(events, "bench").has_value(), "cannot fill the store");
  return file;
}

Tally tally_of(const Store& store, const Experiment& e) {
  auto tally = tally_events(e, store, {e.last_look(), "pilot", 1});
  if (!tally) throw std::runtime_error(describe(tally.error()));
  return std::move(*tally);
}

void evaluate_store(benchmark::State& state) {
  const test::TempDir folder;
  const auto file = make_store(folder);
  const Experiment e = experiment();
  for (auto _ : state) {
    const auto store = Store::open(file, Store::Mode::kReadOnly);
    check(store.has_value(), "cannot open the store");
    const auto card = evaluate(e, tally_of(**store, e));
    if (!card) throw std::runtime_error(describe(card.error()));
    benchmark::DoNotOptimize(card->recommendation);
  }
  state.SetItemsProcessed(state.iterations() * kExposures);
}
BENCHMARK(evaluate_store)->Unit(benchmark::kMillisecond)->MinTime(2);

/// Ten metrics (two to win by, six guardrails), four wordings beside control, the last of six looks, three segments of
/// five values: everything that evaluate() does, from a tally in memory.
void evaluate_everything(benchmark::State& state) {
  Experiment e = test::make_weekly_experiment(4);
  e.randomisation = "made for the benchmark";
  e.metrics.clear();
  for (int m = 0; m < 10; ++m) {
    const Role role = m < 2 ? Role::kSuccess : m < 8 ? Role::kGuardrail : Role::kMonitor;
    e.metrics.push_back(test::make_metric("m" + std::to_string(m), role));
  }
  e.segments = {"region", "channel", "age"};
  std::vector<test::MadeLook> looks;
  for (int week = 1; week <= 6; ++week) {
    test::MadeLook look{test::kStart + week * test::kWeekMs, {}};
    for (int v = 0; v < 5; ++v) {
      look.arms.emplace_back();
      for (int m = 0; m < 10; ++m) {
        const std::int64_t units = 5'000 * std::min(week, 4);
        const std::int64_t mature = 5'000 * std::max(0, std::min(week - 2, 4));
        const std::int64_t rate = m < 2 ? 200 + 8 * v : 2 + m;  // of 1,000
        look.arms.back().push_back({mature, mature * rate / 1000, units - mature, units * rate / 1000});
      }
    }
    looks.push_back(look);
  }
  Tally tally = test::make_look_tally(e, looks);
  const MarginTally whole = tally.margins[0];
  for (const std::string& segment : e.segments) {
    for (int value = 0; value < 5; ++value) {
      MarginTally part = whole;
      part.segment = segment;
      part.value = std::to_string(value);
      for (ArmTally& arm : part.arms) {
        arm.units /= 5;
        for (ArmMetric& metric : arm.metrics) {
          const auto events = static_cast<std::int64_t>(metric.mature.sum.value()) / 5 + 3 * value;
          metric = test::make_binary(metric.mature.units / 5, events);
        }
      }
      tally.margins.push_back(part);
    }
  }
  const auto once = evaluate(e, tally);
  check(once && once->planned_look && once->metrics.size() == 40 && !once->segment_effects.empty(), "not everything");
  for (auto _ : state) {
    const auto card = evaluate(e, tally);
    if (!card) throw std::runtime_error(describe(card.error()));
    benchmark::DoNotOptimize(card->recommendation);
  }
}
BENCHMARK(evaluate_everything)->Unit(benchmark::kMillisecond);

sqlite3* make_tables(const test::TempDir& folder) {
  sqlite3* db = nullptr;
  check(sqlite3_open((folder / "reference.db").c_str(), &db) == SQLITE_OK, "cannot open the reference");
  sqlite3_exec(
      db,
      "PRAGMA page_size=8192; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-262144;"
      "CREATE TABLE e(unit INTEGER, at INTEGER, variant INTEGER, n INTEGER, PRIMARY KEY(unit, at, n)) WITHOUT ROWID;"
      "CREATE TABLE o(unit INTEGER, at INTEGER, kind INTEGER, n INTEGER, PRIMARY KEY(unit, at, n)) WITHOUT ROWID; "
      "BEGIN",
      nullptr, nullptr, nullptr);
  for (const auto& [sql, rows] : {std::pair{"INSERT INTO e VALUES(?,?,?,?)", &data().exposures},
                                  std::pair{"INSERT INTO o VALUES(?,?,?,?)", &data().outcomes}}) {
    sqlite3_stmt* insert = nullptr;
    check(sqlite3_prepare_v2(db, sql, -1, &insert, nullptr) == SQLITE_OK, "cannot prepare");
    std::int64_t number = 0;
    for (const Row& row : *rows) {
      sqlite3_bind_int64(insert, 1, row.unit);
      sqlite3_bind_int64(insert, 2, row.at);
      sqlite3_bind_int(insert, 3, row.what);
      sqlite3_bind_int64(insert, 4, ++number);
      check(sqlite3_step(insert) == SQLITE_DONE, "cannot insert");
      sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
  }
  sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
  return db;
}

/// First exposures, outcomes in their windows, summed by variant; the same numbers that the tally holds.
void reference_sqlite_sql(benchmark::State& state) {
  const test::TempDir folder;
  sqlite3* db = make_tables(folder);
  const Experiment e = experiment();
  const auto store = Store::open(make_store(folder), Store::Mode::kReadOnly);
  const Tally tally = tally_of(**store, e);
  const std::string sql =
      "SELECT v, count(*), sum(c), sum(k), sum(r) FROM (SELECT f.k % 4 AS v,"
      " max(coalesce(o.kind=0 AND o.at>=f.k/4 AND o.at<f.k/4+" +
      std::to_string(kWindows[0]) +
      ",0)) AS c,"
      " max(coalesce(o.kind=1 AND o.at>=f.k/4 AND o.at<f.k/4+" +
      std::to_string(kWindows[1]) +
      ",0)) AS k,"
      " max(coalesce(o.kind=2 AND o.at>=f.k/4 AND o.at<f.k/4+" +
      std::to_string(kWindows[2]) +
      ",0)) AS r"
      " FROM (SELECT unit, min(at*4+variant) AS k FROM e GROUP BY unit) f LEFT JOIN o ON o.unit=f.unit GROUP BY "
      "f.unit) GROUP BY v";
  for (auto _ : state) {
    sqlite3_stmt* query = nullptr;
    check(sqlite3_prepare_v2(db, sql.c_str(), -1, &query, nullptr) == SQLITE_OK, "cannot prepare the query");
    while (sqlite3_step(query) == SQLITE_ROW) {
      const ArmTally& arm = tally.margins[0].arms[static_cast<std::size_t>(sqlite3_column_int(query, 0))];
      check(sqlite3_column_int64(query, 1) == arm.units, "other units");
      for (int m = 0; m < 3; ++m) {
        check(sqlite3_column_int64(query, 2 + m) ==
                  static_cast<std::int64_t>(arm.metrics[static_cast<std::size_t>(m)].mature.sum.value()),
              "other sums");
      }
    }
    sqlite3_finalize(query);
  }
  sqlite3_close(db);
  state.SetItemsProcessed(state.iterations() * kExposures);
}
BENCHMARK(reference_sqlite_sql)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace tactful
