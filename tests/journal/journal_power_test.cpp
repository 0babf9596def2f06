// Durability against a power loss: at random moments of the work (commits, checkpoints, the regular end) the files are
// taken as the disk could hold them then, and every event that had been acknowledged is found in them.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include "journal_fixture.hpp"
#include "support/power_loss_vfs.hpp"

namespace tactful::test {
namespace {

namespace fs = std::filesystem;

#ifdef TACTFUL_SLOW_TIER
constexpr unsigned kSeeds = 150;
#else
constexpr unsigned kSeeds = 5;
#endif

struct Image {
  fs::path folder;
  std::int64_t acknowledged = 0;
};

// Three lives of one journal; a picture is taken before about every `rarity`-th change of a file.
std::vector<Image> pictures(const fs::path& folder, Durability durability, unsigned seed, unsigned rarity) {
  std::vector<Image> images;
  std::mt19937 random(seed);
  PowerLossVfs disk;
  const FixedClock clock;
  JournalOptions options;
  options.durability = durability;
  options.group_events = 16;
  std::int64_t acknowledged = 0;  // both by the writer thread, as all changes of the files after the open
  fs::create_directories(folder);
  for (int life = 0; life < 3; ++life) {
    const auto journal = open_or_fail(folder / "a.db", clock, options);
    EXPECT_TRUE(journal->flush().ok());
    EXPECT_TRUE(journal
                    ->record(outcome("u"),
                             [&](const Status&) {
                               ++acknowledged;
                               disk.before_change = [&] {
                                 if (random() % rarity != 0) return;
                                 images.push_back({folder / ("image-" + std::to_string(images.size())), acknowledged});
                                 disk.lose_power(images.back().folder, random);
                               };
                             })
                    .ok());
    for (int i = 0; i < 1'500; ++i) {
      EXPECT_TRUE(journal->record(outcome("u"), [&](const Status& status) { acknowledged += status.ok(); }).ok());
    }
    EXPECT_TRUE(journal->flush().ok());
  }
  disk.before_change = nullptr;
  return images;
}

struct Found {
  int damaged = 0, lost = 0;
};

Found examine(const std::vector<Image>& images) {
  Found found;
  for (const Image& image : images) {
    SCOPED_TRACE(image.folder.filename().string() + ", acknowledged " + std::to_string(image.acknowledged));
    std::int64_t sequence = 0;
    for (const StoredEvent& event : read_all(image.folder / "a.db")) EXPECT_EQ(event.sequence, ++sequence);
    if (sequence < image.acknowledged) ++found.lost;
    SQLite::Database database((image.folder / "a.db").string(), SQLite::OPEN_READWRITE);
    if (database.execAndGet("PRAGMA integrity_check").getString() != "ok") ++found.damaged;
  }
  return found;
}

TEST(JournalPower, FullDurabilityLosesNothingAcknowledged) {
  std::size_t losses = 0;
  for (unsigned seed = 1; seed <= kSeeds && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const TempDir folder{quick_folder()};
    const auto images = pictures(folder / "full", Durability::kFull, seed, 29);
    EXPECT_GT(images.size(), 20U);
    const Found found = examine(images);
    EXPECT_EQ(found.lost, 0);
    EXPECT_EQ(found.damaged, 0);
    losses += images.size();
  }
  std::cout << losses << " power losses, 0 acknowledged events lost\n";
}

// The negative control: the same test sees the loss that the weaker promise allows, and no damage.
TEST(JournalPower, DurabilityByTheSystemMayLoseTheTailButDamagesNothing) {
  const TempDir folder{quick_folder()};
  const auto images = pictures(folder / "os", Durability::kOs, 5, 29);
  EXPECT_GT(images.size(), 20U);
  const Found found = examine(images);
  EXPECT_GT(found.lost, 0);
  EXPECT_EQ(found.damaged, 0);
}

}  // namespace
}  // namespace tactful::test
