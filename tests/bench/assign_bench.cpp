// Assignment with three targeting conditions on attributes by name, beside the bare hash of the same ids in the same
// run: XXH3 is the floor under any assignment by this hash, std::hash the cheapest thing a sender could do instead.
// `allocations` counts calls of operator new per assignment; it must be 0.

#include <benchmark/benchmark.h>
#include <xxhash.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "tactful/assignment/assigner.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace {

thread_local std::int64_t g_allocations = 0;  // so that each thread counts its own

void* counted(std::size_t size) {
  ++g_allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

constexpr std::size_t kIds = 4096;  // fits the cache: the hash is measured, not memory

const std::vector<std::string>& ids() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < kIds; ++i) made.push_back("cust-" + std::to_string(100'000'000 + i * 7919));
    return made;
  }();
  return all;
}

tactful::Experiment experiment() {
  return *tactful::parse_experiment(R"({
    "schema": "tactful/experiment/1", "key": "payment-reminder", "owner": "bench",
    "scope": {"region": {"$in": ["east-1", "east-2", "east-3"]}, "product": "instalment", "days_overdue": {"$lte": 0}},
    "variants": [{"key": "control"}, {"key": "help"}, {"key": "options"}],
    "metrics": [{"key": "converted", "window": "7d", "role": "success"}],
    "plan": {"enrolment_end": "2026-06-11"}, "pilot": {"start": "2026-05-14"}})")
              .experiment;
}

class AllocationCounter {
 public:
  explicit AllocationCounter(benchmark::State& state) : state_(state), before_(g_allocations) {}
  ~AllocationCounter() {
    state_.counters["allocations"] =
        benchmark::Counter(static_cast<double>(g_allocations - before_), benchmark::Counter::kAvgIterations);
  }
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;

 private:
  benchmark::State& state_;
  std::int64_t before_;
};

void BM_Assign(benchmark::State& state) {
  const tactful::Experiment e = experiment();
  const tactful::Assigner assigner = std::move(tactful::Assigner::compile(e)).value();
  const tactful::Attribute attributes[] = {{"tenure", std::int64_t{37}},
                                           {"region", std::string_view("east-2")},
                                           {"product", std::string_view("instalment")},
                                           {"language", std::string_view("zh")},
                                           {"days_overdue", std::int64_t{-3}}};
  const auto& units = ids();
  const tactful::TimeMs now = e.pilot.start;
  if (!assigner.assign({units[0], "", attributes}, now).enrolled) state.SkipWithError("the scope does not match");
  std::size_t i = 0;
  const AllocationCounter allocations(state);
  for (auto _ : state) benchmark::DoNotOptimize(assigner.assign({units[i++ % kIds], "", attributes}, now));
}
BENCHMARK(BM_Assign);
BENCHMARK(BM_Assign)->Name("BM_AssignThreads")->ThreadRange(1, 8)->UseRealTime();

// The same subjects by the scheme that a web experiment uses.
void BM_AssignGrowthBook2(benchmark::State& state) {
  tactful::Experiment e = experiment();
  e.scheme = "growthbook-2";
  const tactful::Assigner assigner = std::move(tactful::Assigner::compile(e)).value();
  const tactful::Attribute attributes[] = {{"tenure", std::int64_t{37}},
                                           {"region", std::string_view("east-2")},
                                           {"product", std::string_view("instalment")},
                                           {"language", std::string_view("zh")},
                                           {"days_overdue", std::int64_t{-3}}};
  const auto& units = ids();
  if (!assigner.assign({units[0], "", attributes}, e.pilot.start).enrolled)
    state.SkipWithError("the scope does not match");
  std::size_t i = 0;
  const AllocationCounter allocations(state);
  for (auto _ : state) benchmark::DoNotOptimize(assigner.assign({units[i++ % kIds], "", attributes}, e.pilot.start));
}
BENCHMARK(BM_AssignGrowthBook2);

// Everything a traffic layout can hold: a layer, a holdout, a filter and a ramp at half.
void BM_AssignThroughLayerAndHoldout(benchmark::State& state) {
  tactful::Experiment e = experiment();
  e.layer = "sms";
  e.layer_slots = {{{0, 799}}, 1000};
  e.holdouts = {{"company", {50'000}}};
  e.hashing.filters = {{"tactful-1", "region-pilot", {{0.0, 0.9}}}};
  e.ramp[0].fraction = tactful::Fraction{500'000};
  e.scope = tactful::Json::object();
  const tactful::Assigner assigner = std::move(tactful::Assigner::compile(e)).value();
  const auto& units = ids();
  std::size_t i = 0;
  const AllocationCounter allocations(state);
  for (auto _ : state) benchmark::DoNotOptimize(assigner.assign({units[i++ % kIds], "", {}}, e.pilot.start));
}
BENCHMARK(BM_AssignThroughLayerAndHoldout);

// A table of 4096 subjects with the five attributes; the time is that of one subject.
void BM_AssignTable(benchmark::State& state) {
  const tactful::Experiment e = experiment();
  const tactful::Assigner assigner = std::move(tactful::Assigner::compile(e)).value();
  const std::string_view names[] = {"tenure", "region", "product", "language", "days_overdue"};
  const std::vector<std::string_view> units(ids().begin(), ids().end());
  std::vector<tactful::Attribute::Value> values;
  for (std::size_t i = 0; i < kIds; ++i) {
    for (const tactful::Attribute::Value& value :
         {tactful::Attribute::Value(std::int64_t{37}), tactful::Attribute::Value(std::string_view("east-2")),
          tactful::Attribute::Value(std::string_view("instalment")), tactful::Attribute::Value(std::string_view("zh")),
          tactful::Attribute::Value(std::int64_t{-3})}) {
      values.push_back(value);
    }
  }
  std::vector<tactful::Assignment> out(kIds);
  const tactful::SubjectTable table{units, {}, names, values};
  const AllocationCounter allocations(state);
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(kIds))) {
    assigner.assign(table, e.pilot.start, out);
    benchmark::DoNotOptimize(out.data());
  }
  if (!out[0].enrolled) state.SkipWithError("the scope does not match");
}
BENCHMARK(BM_AssignTable);

void BM_AssignWithoutScope(benchmark::State& state) {
  tactful::Experiment e = experiment();
  e.scope = tactful::Json::object();
  const tactful::Assigner assigner = std::move(tactful::Assigner::compile(e)).value();
  const auto& units = ids();
  std::size_t i = 0;
  const AllocationCounter allocations(state);
  for (auto _ : state) benchmark::DoNotOptimize(assigner.assign({units[i++ % kIds], "", {}}, e.pilot.start));
}
BENCHMARK(BM_AssignWithoutScope);

void BM_ReferenceXxh3(benchmark::State& state) {
  const auto& units = ids();
  std::size_t i = 0;
  const AllocationCounter allocations(state);
  for (auto _ : state) {
    const std::string& unit = units[i++ % kIds];
    benchmark::DoNotOptimize(XXH3_64bits_withSeed(unit.data(), unit.size(), 42));
  }
}
BENCHMARK(BM_ReferenceXxh3);

void BM_ReferenceStdHash(benchmark::State& state) {
  const auto& units = ids();
  std::size_t i = 0;
  const AllocationCounter allocations(state);
  for (auto _ : state) benchmark::DoNotOptimize(std::hash<std::string>{}(units[i++ % kIds]));
}
BENCHMARK(BM_ReferenceStdHash);

}  // namespace
