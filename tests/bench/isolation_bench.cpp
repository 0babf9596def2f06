// Does analysis slow a sender down? A journal records 2,000 events a second, and the time from record() to the
// acknowledgement is measured alone and while another process reads a store again and again, in turns, in one run.
// The figures are medians over the turns, since a machine that does other things too has bad moments.
// TACTFUL_BENCH_EVENTS: size of the store, 1 million by default; TACTFUL_BENCH_SECONDS: of each turn, 3 by default;
// TACTFUL_BENCH_FOLDER: where the files lie, the temporary folder by default.
#include <benchmark/benchmark.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <thread>

#include "support/temp_dir.hpp"
#include "tactful/journal/journal.hpp"
#include "tactful/store/store.hpp"

namespace tactful {
namespace {

constexpr int kTurns = 9;
using Steady = std::chrono::steady_clock;

class StillClock final : public Clock {
 public:
  [[nodiscard]] TimeMs now_ms() const noexcept override { return 1'780'000'000'000; }
};

std::int64_t number_of(const char* name, std::int64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::max<std::int64_t>(1, std::atoll(text));
}

void fill(const std::filesystem::path& file, std::int64_t events) {
  auto store = Store::open(file, Store::Mode::kCreate).value();
  std::vector<IngestEvent> batch;
  for (std::int64_t i = 0; i < events; ++i) {
    IngestEvent e{};
    e.event.type = i % 2 == 0 ? EventType::kExposure : EventType::kOutcome;
    e.event.unit = 1 + i * 7'919 % 1'000'003;
    e.event.event = i + 1;
    e.event.at = e.event.recorded_at = 1'779'000'000'000 + i;
    e.event.sequence = i;
    e.source = "sender";
    if (i % 2 == 0) {
      e.experiment = "landing";
      e.variant = i % 4 == 0 ? "control" : "kind";
    } else {
      e.kind = "converted";
    }
    batch.push_back(e);
    if (batch.size() < 200'000 && i + 1 < events) continue;
    if (!store->ingest(batch, "b")) std::abort();
    batch.clear();
  }
}

/// Reads everything that an evaluation reads, over and over, until it is killed.
[[noreturn]] void read_for_ever(const std::filesystem::path& file) {
  while (true) {
    const auto store = Store::open(file, Store::Mode::kReadOnly);
    if (!store) ::_exit(1);
    const std::int32_t kinds[] = {(*store)->code("converted").value()};
    std::int64_t rows = 0;
    for (std::size_t partition = 0; partition < (*store)->partitions(); ++partition) {
      (void)(*store)->scan_exposures(
          partition, (*store)->code("landing").value(), std::int64_t{1} << 62,
          [&rows](const ExposureBlock& block) { rows += static_cast<std::int64_t>(block.unit.size()); });
      (void)(*store)->scan_outcomes(partition, kinds, 0, std::int64_t{1} << 62, [&rows](const OutcomeBlock& block) {
        rows += static_cast<std::int64_t>(block.unit.size());
      });
    }
    benchmark::DoNotOptimize(rows);
  }
}

/// Microseconds from record() to the acknowledgement, of 2,000 events a second.
std::vector<double> record_for(Journal& journal, std::int64_t seconds, std::int64_t& next) {
  const std::int64_t count = seconds * 2'000;
  std::vector<double> mine(static_cast<std::size_t>(count));
  std::atomic<std::int64_t> done{0};
  const auto start = Steady::now();
  for (std::int64_t i = 0; i < count; ++i) {
    std::this_thread::sleep_until(start + std::chrono::microseconds(500) * i);
    const std::string id = std::to_string(next++);
    Event event;
    event.unit = id;
    event.event_id = id;
    event.source = "crm";
    event.kind = "converted";
    event.at = 1'779'000'000'000;
    const auto asked = Steady::now();
    const Status taken = journal.record(event, [&mine, &done, asked, i](const Status&) {
      mine[static_cast<std::size_t>(i)] = std::chrono::duration<double, std::micro>(Steady::now() - asked).count();
      ++done;
    });
    if (!taken) ++done;
  }
  if (!journal.flush()) std::abort();
  while (done < count) std::this_thread::yield();
  return mine;
}

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(static_cast<double>(values.size() - 1) * share)];
}

void acknowledgement_beside_analysis(benchmark::State& state) {
  const char* place = std::getenv("TACTFUL_BENCH_FOLDER");
  const test::TempDir folder(place == nullptr ? std::filesystem::temp_directory_path() : std::filesystem::path(place));
  const auto file = folder / "store.db";
  fill(file, number_of("TACTFUL_BENCH_EVENTS", 1'000'000));
  const std::int64_t seconds = number_of("TACTFUL_BENCH_SECONDS", 3);
  const StillClock clock;
  const std::array<unsigned char, 32> key{1};
  for (auto _ : state) {
    auto journal = Journal::open(folder / "journals", Pseudonymizer::from_key(key, "bench").value(), clock).value();
    std::map<std::string, std::vector<double>> figures;
    std::int64_t next = 0;
    for (int turn = 0; turn < kTurns; ++turn) {
      const std::vector<double> alone = record_for(*journal, seconds, next);
      const pid_t reader = ::fork();
      if (reader == 0) read_for_ever(file);
      const std::vector<double> beside = record_for(*journal, seconds, next);
      ::kill(reader, SIGKILL);
      ::waitpid(reader, nullptr, 0);
      for (const auto& [name, share] : {std::pair<const char*, double>{"p50", 0.5}, {"p99", 0.99}}) {
        figures[std::string(name) + "_alone_us"].push_back(quantile(alone, share));
        figures[std::string(name) + "_beside_us"].push_back(quantile(beside, share));
        figures[std::string(name) + "_ratio"].push_back(quantile(beside, share) / quantile(alone, share));
      }
    }
    for (const auto& [name, values] : figures) state.counters[name] = quantile(values, 0.5);
  }
}
BENCHMARK(acknowledgement_beside_analysis)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace tactful
