// Links: tactful::wording, benchmark::benchmark_main; wants TACTFUL_SOURCE_DIR (the built-in rule packs).
// Rendering beside its reference: the same message by finding each `{name}` in a copy of the text and replacing it,
// without checks or formats. Rules beside theirs: searching the same text for every phrase of the packs by
// std::string::find, without folding.
#include <benchmark/benchmark.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <new>

#include "tactful/core/file.hpp"
#include "tactful/wording/rule_set.hpp"
#include "tactful/wording/text_length.hpp"
#include "tactful/wording/word_diff.hpp"
#include "tactful/wording/wording.hpp"

namespace {
std::atomic<std::size_t> allocations{0};
}

[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace tactful {
namespace {

// 300 characters with eight fields of seven types.
constexpr std::string_view kWords =
    "{brand}: dear {name}, your bill {bill} of {amount} for {count} items is due on {day}. You can choose: A we debit "
    "your account on that "
    "day; B you pay in two instalments without any fee; C one of us calls you back within 24 hours and explains. Reply "
    "with the letter, or "
    "call {phone} until {at}. Reply STOP to opt out.";

std::string wording_file() {
  return R"({"schema": "tactful/wording/1", "key": "bench", "fields": {"brand": {"type": "text"}, "name": {"type": "text"},
    "bill": {"type": "text"}, "amount": {"type": "money", "format": {"en": "CNY #,##0.00"}}, "count": {"type": "integer"},
    "day": {"type": "date", "format": {"en": "d MMMM yyyy"}}, "phone": {"type": "phone"}, "at": {"type": "time"}},
    "texts": {"en": {"sms": ")" +
         std::string(kWords) + "\"}}}";
}

constexpr std::array<FieldValue, 8> kValues{{{"brand", "Farhill"},
                                             {"name", "Li Na"},
                                             {"bill", "B20260512"},
                                             {"amount", "1280.50"},
                                             {"count", "3"},
                                             {"day", "2026-05-14"},
                                             {"phone", "400-123-4567"},
                                             {"at", "18:00"}}};

void render_into(benchmark::State& state) {
  const WordingFile file = parse_wording(wording_file());
  std::string message;
  message.reserve(1000);
  std::size_t before = 0;
  for (auto _ : state) {
    if (before == 0) before = allocations.load();
    if (!file.wording->render_into(message, "en", "sms", kValues).ok()) state.SkipWithError("not rendered");
    benchmark::DoNotOptimize(message.data());
  }
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(allocations.load() - before), benchmark::Counter::kAvgIterations);
  state.counters["bytes"] = static_cast<double>(message.size());
}
BENCHMARK(render_into);

void reference_replace_each(benchmark::State& state) {
  for (auto _ : state) {
    std::string message(kWords);
    for (const FieldValue& value : kValues) {
      const std::string name = "{" + std::string(value.name) + "}";
      for (std::size_t at = message.find(name); at != std::string::npos; at = message.find(name, at)) {
        message.replace(at, name.size(), value.value);
      }
    }
    benchmark::DoNotOptimize(message.data());
  }
}
BENCHMARK(reference_replace_each);

std::vector<RulePack> packs() {
  std::vector<RulePack> list;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(TACTFUL_SOURCE_DIR) / "experiments/rules")) {
    const auto text = read_file(entry.path());
    RulePackFile file = parse_rule_pack(*text);
    if (file.pack) list.push_back(std::move(*file.pack));
  }
  return list;
}

// 70 characters, decent.
constexpr std::string_view kClean =
    "【远山银行】您的账单1,280."
    "50元，5月14日到期。您可以选：A到期日自动扣款；B分两期，免手续费；C专员24小时内回电。回复字母即可，拒收请回复R";
constexpr std::string_view kDirty =
    "【远山银行】您必 "
    "须在24小时内付款，否则账户将被立即冻结！最后机会，后果自负。请立即致电，客服400-123-4567，拒收请回复R";

void check_rules(benchmark::State& state, std::string_view text) {
  const auto rules = *RuleSet::compile(packs());
  std::size_t found = 0;
  for (auto _ : state) {
    const auto findings = rules->check(text, {"zh", "sms", "service"});
    found = findings.size();
    benchmark::DoNotOptimize(findings.data());
  }
  state.counters["findings"] = static_cast<double>(found);
}
BENCHMARK_CAPTURE(check_rules, clean_text, kClean);
BENCHMARK_CAPTURE(check_rules, text_with_findings, kDirty);

void fold_alone(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(fold_text(kClean).text().data());
}
BENCHMARK(fold_alone);

void reference_find_each_phrase(benchmark::State& state) {
  std::vector<std::string> phrases;
  for (const RulePack& pack : packs()) {
    for (const WordingRule& rule : pack.rules) {
      for (const WordGroup* group : {&rule.forbid, &rule.require, &rule.except, &rule.unless})
        phrases.insert(phrases.end(), group->phrases.begin(), group->phrases.end());
    }
  }
  for (auto _ : state) {
    std::size_t found = 0;
    for (const std::string& phrase : phrases) found += kClean.find(phrase) != std::string_view::npos;
    benchmark::DoNotOptimize(found);
  }
  state.counters["phrases"] = static_cast<double>(phrases.size());
}
BENCHMARK(reference_find_each_phrase);

void compile_packs(benchmark::State& state) {
  const auto list = packs();
  for (auto _ : state) benchmark::DoNotOptimize(RuleSet::compile(list)->get());
}
BENCHMARK(compile_packs)->Unit(benchmark::kMillisecond);

void parse_file(benchmark::State& state) {
  const std::string text = wording_file();
  for (auto _ : state) benchmark::DoNotOptimize(parse_wording(text).wording.get());
}
BENCHMARK(parse_file)->Unit(benchmark::kMicrosecond);

void count_segments(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(sms_length(kClean).segments);
}
BENCHMARK(count_segments);

void diff_two_wordings(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(diff_words(kDirty, kClean).size());
}
BENCHMARK(diff_two_wordings)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tactful
