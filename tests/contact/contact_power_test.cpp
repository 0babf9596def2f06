// Durability against a power loss: at random moments the file and its rollback journal are taken as the disk could hold
// them then, and every objection and every reservation that was told to be recorded is found in them.
#include <SQLiteCpp/SQLiteCpp.h>

#include <random>

#include "contact_fixture.hpp"
#include "support/power_loss_vfs.hpp"

namespace tactful::test {
namespace {

namespace fs = std::filesystem;

const TimeMs kNoon = at("2026-05-14T12:00:00+08:00");
constexpr int kCustomers = 150;
constexpr unsigned kSeeds = 2, kRarity = 13;

std::string customer(int i) { return "customer " + std::to_string(i); }

struct Image {
  fs::path folder;
  int told = 0;  ///< Customers that the caller knew to be recorded.
};

/// Takes a picture before about every `kRarity`-th change of a file.
class Camera {
 public:
  Camera(const TempDir& folder, unsigned seed) : random_(seed) {
    disk_.before_change = [this, &folder] {
      if (random_() % kRarity != 0) return;
      images.push_back({folder / ("image-" + std::to_string(images.size())), told});
      disk_.lose_power(images.back().folder, random_);
    };
  }
  std::vector<Image> images;
  int told = 0;

 private:
  std::mt19937 random_;
  PowerLossVfs disk_;
};

TEST(ContactPower, WhatWasToldToBeRecordedIsFound) {
  const ContactPolicy rules = policy(R"("caps": [{"period": "lifetime", "most": 1}])");
  std::size_t losses = 0;
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const TempDir folder{quick_folder()};
    ContactStateOptions options;
    options.create = true;
    auto state = ContactState::open(folder / "contact.db", contact_identity(), options).value();
    std::vector<Image> images;
    {
      Camera camera(folder, seed);
      state = ContactState::open(folder / "contact.db", contact_identity(), options).value();  // by way of the camera
      for (int i = 0; i < kCustomers; ++i) {
        if (i % 2 == 0) {
          ASSERT_TRUE(state->opt_out(customer(i), "", "", kNoon, "stop").has_value());
        } else {
          ASSERT_EQ(state->reserve(rules, request(customer(i)), "message", kNoon).decision.verdict,
                    ContactVerdict::kAllowed);
        }
        camera.told = i + 1;
      }
      state.reset();
      images = std::move(camera.images);
    }
    EXPECT_GT(images.size(), 20u);
    losses += images.size();
    for (const Image& image : images) {
      SCOPED_TRACE(image.folder.filename().string());
      options.create = false;
      const auto found = ContactState::open(image.folder / "contact.db", contact_identity(), options);
      ASSERT_TRUE(found.has_value()) << describe(found.error());
      for (int i = 0; i < image.told; ++i) {
        const ContactReason reason = (*found)->decide(rules, request(customer(i)), kNoon).reason;
        ASSERT_EQ(reason, i % 2 == 0 ? ContactReason::kOptedOut : ContactReason::kLifetimeCap) << "customer " << i;
      }
      SQLite::Database database((image.folder / "contact.db").string());
      EXPECT_EQ(database.execAndGet("PRAGMA integrity_check").getString(), "ok");
    }
  }
  std::cout << losses << " power losses, nothing that was told to be recorded was lost\n";
}

// The negative control: what SQLite calls FULL does not sync the folder after the rollback journal is removed, so that
// the journal can be there again and undo a commit. The same camera sees it.
TEST(ContactPower, TheCameraSeesTheLossThatAWeakerSettingAllows) {
  const TempDir folder{quick_folder()};
  std::vector<Image> images;
  {
    Camera camera(folder, 1);
    SQLite::Database database((folder / "contact.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("PRAGMA synchronous = FULL; CREATE TABLE told(customer INTEGER PRIMARY KEY)");
    for (int i = 0; i < kCustomers; ++i) {
      database.exec("INSERT INTO told VALUES(" + std::to_string(i) + ")");
      camera.told = i + 1;
    }
    images = std::move(camera.images);
  }
  int lost = 0;
  for (const Image& image : images) {
    SQLite::Database database((image.folder / "contact.db").string(), SQLite::OPEN_READWRITE);
    if (!database.tableExists("told")) continue;  // taken while it was made
    lost += database.execAndGet("SELECT count(*) FROM told").getInt() < image.told ? 1 : 0;
  }
  EXPECT_GT(lost, 0);
}

}  // namespace
}  // namespace tactful::test
