// Readers pin and assign while another thread reloads; each pinned snapshot is of one version throughout.

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

#include "sample.hpp"
#include "support/temp_dir.hpp"
#include "tactful/catalogue/catalogue.hpp"
#include "tactful/core/file.hpp"

namespace tactful {
namespace {

// Both files always carry the same title, so that a torn mixture of two loads would show.
void write_pair(const test::TempDir& folder, const std::string& title) {
  for (const char* key : {"first", "second"}) {
    const Json json = sample::with(sample::with(sample::file(), "/key", key), "/title", title);
    ASSERT_TRUE(write_file_atomically(folder / (std::string(key) + ".json"), json.dump()));
  }
}

TEST(CatalogueThreads, ReadersSeeWholeVersionsWhileReloading) {
  const test::TempDir folder;
  write_pair(folder, "0");
  const auto catalogue = Catalogue::open(folder.path()).value();
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> reads{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&, t] {
      std::uint64_t last = 0;
      do {
        const auto snapshot = catalogue->snapshot();
        EXPECT_GE(snapshot->version(), last);
        last = snapshot->version();
        const CompiledExperiment* first = snapshot->find("first");
        const CompiledExperiment* second = snapshot->find("second");
        EXPECT_EQ(first->experiment.title, second->experiment.title);
        const std::string unit = "u" + std::to_string(t) + "-" + std::to_string(reads.fetch_add(1));
        EXPECT_TRUE(first->assigner.assign({unit, "", {}}, first->experiment.pilot.start).enrolled);
        EXPECT_EQ(catalogue->findings().size(), 1U);  // that there are no rules
      } while (!done.load());
    });
  }
  for (int i = 1; i <= 40; ++i) {
    write_pair(folder, std::to_string(i));
    // Two threads may ask for a reload; they take turns.
    std::thread other([&] { EXPECT_TRUE(catalogue->reload()); });
    EXPECT_TRUE(catalogue->reload());
    other.join();
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(catalogue->snapshot()->version(), 81u);
  EXPECT_EQ(catalogue->snapshot()->find("second")->experiment.title, "40");
  EXPECT_GT(reads.load(), 0u);
}

// Eight readers pin, look up and assign while one thread swaps. The slow tier swaps 10,000 times.
void swap_under_readers(int swaps) {
  const test::TempDir folder;
  write_pair(folder, "0");
  const auto catalogue = Catalogue::open(folder.path()).value();
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> torn{0};
  std::atomic<std::uint64_t> reads{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 8; ++t) {
    readers.emplace_back([&, t] {
      const std::string unit = "u" + std::to_string(t);
      std::uint64_t last = 0;
      std::optional<Assignment> first;
      do {
        const auto snapshot = catalogue->snapshot();
        const CompiledExperiment* compiled = snapshot->find("first");
        const Assignment one = compiled->assigner.assign({unit, "", {}}, compiled->experiment.pilot.start);
        if (!first) first = one;
        const bool same = one.variant == first->variant && one.bucket == first->bucket && one.version == first->version;
        const bool whole = compiled->experiment.title == snapshot->find("second")->experiment.title;
        if (!same || !whole || snapshot->version() < last) ++torn;
        last = snapshot->version();
        ++reads;
      } while (!done.load());
    });
  }
  for (int i = 0; i < swaps; ++i) {
    if (i % 100 == 0) write_pair(folder, std::to_string(i));
    ASSERT_TRUE(catalogue->reload());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn.load(), 0u);
  EXPECT_EQ(catalogue->snapshot()->version(), static_cast<std::uint64_t>(swaps) + 1);
  EXPECT_GE(reads.load(), 8u);
}

TEST(CatalogueThreads, EightReadersAndManySwaps) { swap_under_readers(TACTFUL_SWAPS); }

}  // namespace
}  // namespace tactful
