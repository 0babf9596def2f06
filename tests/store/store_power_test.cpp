// Durability against a power loss: at random moments of ingesting, forgetting and compacting the store's files are
// taken as the disk could hold them then. Every batch that was acknowledged is whole in them, and no forgotten unit
// comes back.
#include <gmock/gmock.h>

#include <iostream>
#include <random>

#include "store_fixture.hpp"
#include "support/power_loss_vfs.hpp"

namespace tactful {
namespace {

using namespace store_test;

constexpr int kBatch = 300, kBatches = 12;
constexpr unsigned kSeeds = 2, kRarity = 5;

// Units 1 to kBatch of every batch: an outcome each, of the batch's kind of value.
std::vector<IngestEvent> batch_of(int number) {
  std::vector<IngestEvent> events;
  for (int i = 0; i < kBatch; ++i) {
    events.push_back(outcome(1 + i, static_cast<std::int64_t>(number) * kBatch + i, 2'000 + number));
  }
  return events;
}

struct Image {
  std::filesystem::path folder;
  int batches = 0;         ///< That were acknowledged.
  bool forgotten = false;  ///< Whether unit 1 was.
};

std::vector<Image> pictures(const std::filesystem::path& folder, unsigned seed) {
  std::vector<Image> images;
  std::mt19937 random(seed);
  test::PowerLossVfs disk;
  int batches = 0;
  bool forgotten = false;
  disk.before_change = [&] {
    if (batches == 0 || random() % kRarity != 0) return;  // a store that is being made holds nothing yet
    images.push_back({folder / ("image-" + std::to_string(images.size())), batches, forgotten});
    disk.lose_power(images.back().folder, random);
  };
  const auto store = open_store(folder / "a.db");
  for (int number = 0; number < kBatches; ++number) {
    EXPECT_TRUE(store->ingest(batch_of(number), std::to_string(number)).has_value());
    batches = number + 1;
    if (number == kBatches / 2) {
      EXPECT_TRUE(store->forget(std::vector<UnitId>{1}, 9'000, false).has_value());
      forgotten = true;
    }
  }
  EXPECT_TRUE(store->compact().has_value());
  return images;
}

TEST(StorePowerTest, WhatWasAcknowledgedIsWholeAndWhoWasForgottenStaysForgotten) {
  std::size_t losses = 0;
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const MemoryDir folder;
    const auto images = pictures(folder.path(), seed);
    EXPECT_GT(images.size(), 40u);
    losses += images.size();
    for (const Image& image : images) {
      SCOPED_TRACE(image.folder.filename().string() + ", batches " + std::to_string(image.batches));
      auto store = open_store(image.folder / "a.db", Store::Mode::kReadWrite);
      ASSERT_NE(store, nullptr);
      for (int number = 0; number < image.batches; ++number) {  // again, as a sender that does not know would
        const auto again = store->ingest(batch_of(number), std::to_string(number));
        ASSERT_TRUE(again.has_value()) << describe(again.error());
        EXPECT_EQ(again->added, 0) << "it was acknowledged";
      }
      std::filesystem::remove_all(image.folder);  // open files stay readable
      if (image.forgotten) {
        const auto left = outcomes_of(*store, {"converted"});
        EXPECT_THAT(left, testing::Each(testing::Not(testing::FieldsAre(1, testing::_, testing::_, testing::_))));
      }
    }
  }
  std::cout << losses << " power losses, nothing that was acknowledged was lost\n";
}

}  // namespace
}  // namespace tactful
