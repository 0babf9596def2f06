// Deciding about a customer from a contact state of a million customers, and reserving a contact. References in the
// same run: SQLite alone reading the same customer's rows by a prepared statement (what locking and finding the rows
// costs on this machine), and SQLite alone committing one row durably beside it. The file is made once per run (about a
// minute).
#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"
#include "tactful/contact/contact_state.hpp"

namespace tactful {
namespace {

constexpr int kCustomers = 1'000'000;
constexpr int kContactsEach = 3;
constexpr TimeMs kNow = 1'778'731'200'000;  // 2026-05-14T12:00+08:00

ContactPseudonymizer identity() { return ContactPseudonymizer::from_key({}).value(); }
std::string unit(std::uint64_t i) { return "customer-" + std::to_string(i); }

ContactPolicy rules() {
  return *parse_contact_policy(R"({"schema": "tactful/contact/1", "key": "p", "time_zone": "Asia/Shanghai",
    "fixed_offset": "+08:00", "hours": [{"from": "08:00", "until": "21:00"}, {"channels": ["call"], "days": "working",
    "from": "09:00", "until": "20:00"}], "consent": {"default": "opt_in"}, "caps": [{"period": "day", "most": 2},
    {"period": "week", "most": 5}, {"period": "30d", "most": 12}], "intervals": [{"minimum": "4h"}],
    "failed_attempts": {"most": 3, "within": "2d", "hold": "7d"}, "cool_down": {"default": "14d"}})")
              .policy;
}

void run(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    throw std::runtime_error(sqlite3_errmsg(database));
}

sqlite3* open_raw(const std::filesystem::path& file) {
  sqlite3* database = nullptr;
  if (sqlite3_open(file.c_str(), &database) != SQLITE_OK) throw std::runtime_error("cannot open");
  run(database, "PRAGMA cache_size = 16384; PRAGMA synchronous = EXTRA");
  return database;
}

// A million customers who opted in, each with three contacts in the last weeks; written in the order of their keys.
class World {
 public:
  World() {
    ContactStateOptions options;
    options.create = true;
    state_ = std::move(*ContactState::open(file(), key_, options));
    std::vector<ContactId> ids;
    for (int i = 0; i < kCustomers; ++i) ids.push_back(key_.unit(unit(static_cast<std::uint64_t>(i))));
    std::sort(ids.begin(), ids.end());
    raw_ = open_raw(file());
    run(raw_, "PRAGMA cache_size = 200000; BEGIN");
    sqlite3_stmt* insert = nullptr;
    sqlite3_prepare_v2(raw_, "INSERT INTO facts VALUES(?, ?, ?, ?, ?, 'sms', 'service')", -1, &insert, nullptr);
    std::uint64_t serial = 0;
    for (const ContactId& id : ids) {
      for (int row = 0; row <= kContactsEach; ++row) {
        const ContactId event = key_.event(std::to_string(serial++));
        sqlite3_bind_blob(insert, 1, id.bytes.data(), 16, SQLITE_STATIC);
        sqlite3_bind_int(insert, 2, row == 0 ? 1 : 4);
        sqlite3_bind_blob(insert, 3, event.bytes.data(), 16, SQLITE_STATIC);
        sqlite3_bind_int64(insert, 4, kNow - row * 6 * kMillisecondsPerDay - 1);
        sqlite3_bind_int(insert, 5, row == 0 ? 1 : 4);
        if (sqlite3_step(insert) != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(raw_));
        sqlite3_reset(insert);
      }
    }
    sqlite3_finalize(insert);
    run(raw_, "COMMIT");
    sqlite3_close(raw_);
    raw_ = open_raw(file());
    run(raw_, "CREATE TABLE plain(id INTEGER PRIMARY KEY, a BLOB, b INTEGER)");
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "contact.db"; }
  ContactState& state() { return *state_; }
  sqlite3* raw() { return raw_; }
  const ContactPseudonymizer& key() const { return key_; }

 private:
  test::TempDir folder_;
  ContactPseudonymizer key_ = identity();
  std::unique_ptr<ContactState> state_;
  sqlite3* raw_ = nullptr;
};

World& world() {
  static World one;
  return one;
}

void Decide(benchmark::State& state) {
  World& here = world();
  const ContactPolicy policy = rules();
  std::mt19937_64 random(1);
  const auto among = static_cast<std::uint64_t>(state.range(0));
  std::vector<std::string> units;
  for (int i = 0; i < 65'536; ++i) units.push_back(unit(random() % among));
  for (const std::string& one : units) {  // warm
    ContactRequest request;
    request.unit = one;
    request.channel = "sms";
    if (!here.state().decide(policy, request, kNow).is_allowed()) throw std::runtime_error("not allowed");
  }
  std::size_t next = 0;
  for (auto _ : state) {
    ContactRequest request;
    request.unit = units[next++ & 65'535];
    request.channel = "sms";
    ContactDecision decision = here.state().decide(policy, request, kNow);
    benchmark::DoNotOptimize(decision);
  }
}
BENCHMARK(Decide)->Arg(kCustomers)->Arg(10'000)->Unit(benchmark::kMicrosecond);

void SqliteReadsTheRows(benchmark::State& state) {
  World& here = world();
  std::mt19937_64 random(1);
  std::vector<ContactId> ids;
  for (int i = 0; i < 65'536; ++i) ids.push_back(here.key().unit(unit(random() % kCustomers)));
  sqlite3_stmt* rows = nullptr;
  sqlite3_prepare_v2(here.raw(), "SELECT kind, event, at, code, channel, subject FROM facts WHERE unit = ?", -1, &rows,
                     nullptr);
  const auto read = [&](const ContactId& id) {
    sqlite3_bind_blob(rows, 1, id.bytes.data(), 16, SQLITE_STATIC);
    std::int64_t sum = 0;
    while (sqlite3_step(rows) == SQLITE_ROW) sum += sqlite3_column_int64(rows, 2);
    sqlite3_reset(rows);
    return sum;
  };
  for (const ContactId& id : ids) benchmark::DoNotOptimize(read(id));
  std::size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(read(ids[next++ & 65'535]));
  sqlite3_finalize(rows);
}
BENCHMARK(SqliteReadsTheRows)->Unit(benchmark::kMicrosecond);

// The rules alone, on facts at hand.
void JudgeFacts(benchmark::State& state) {
  World& here = world();
  const ContactPolicy policy = rules();
  const TimeZone zone = here.state().zones().find("Asia/Shanghai").value();
  const UnitFacts facts = here.state().facts(unit(1)).value();
  ContactRequest request;
  request.unit = "customer-1";
  request.channel = "sms";
  for (auto _ : state) {
    ContactDecision decision = decide_contact(policy, zone, request, facts, kNow);
    benchmark::DoNotOptimize(decision);
  }
}
BENCHMARK(JudgeFacts)->Unit(benchmark::kMicrosecond);

void Reserve(benchmark::State& state) {
  World& here = world();
  const ContactPolicy policy = rules();
  static std::uint64_t next = 0;  // the benchmark is called again with more rounds; a message is reserved once
  for (auto _ : state) {
    const std::string who = unit(next++ % kCustomers);
    ContactRequest request;
    request.unit = who;
    request.channel = "sms";
    const Reservation made = here.state().reserve(policy, request, "message-" + std::to_string(next), kNow);
    if (!made.decision.is_allowed()) throw std::runtime_error("not reserved");
  }
}
BENCHMARK(Reserve)->Unit(benchmark::kMicrosecond)->UseRealTime();

void SqliteCommitsARow(benchmark::State& state) {
  World& here = world();
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(here.raw(), "INSERT INTO plain(a, b) VALUES(randomblob(16), 1)", -1, &insert, nullptr);
  for (auto _ : state) {
    run(here.raw(), "BEGIN IMMEDIATE");
    if (sqlite3_step(insert) != SQLITE_DONE) throw std::runtime_error("no row");
    sqlite3_reset(insert);
    run(here.raw(), "COMMIT");
  }
  sqlite3_finalize(insert);
}
BENCHMARK(SqliteCommitsARow)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace tactful
