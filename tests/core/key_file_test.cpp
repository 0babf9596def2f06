#include "tactful/core/key_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "support/temp_dir.hpp"
#include "tactful/core/file.hpp"

namespace tactful {
namespace {

namespace fs = std::filesystem;

class KeyFile : public ::testing::Test {
 protected:
  fs::path write(const std::string& content, fs::perms mode) {
    const fs::path file = folder_.path() / "a.key";
    EXPECT_TRUE(write_file_atomically(file, content));
    fs::permissions(file, mode);
    return file;
  }
  const test::TempDir folder_;
};

constexpr fs::perms kOwner = fs::perms::owner_read | fs::perms::owner_write;

TEST_F(KeyFile, ReadsThirtyTwoBytesThatOthersMayNotRead) {
  const auto key = MasterKey::read(write(std::string(31, 'a') + "b", kOwner));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->bytes().front(), 'a');
  EXPECT_EQ(key->bytes().back(), 'b');
}

TEST_F(KeyFile, RefusesAnythingElse) {
  EXPECT_EQ(MasterKey::read(folder_.path() / "none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(MasterKey::read(folder_.path()).error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(MasterKey::read(write(std::string(31, 'a'), kOwner)).error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(MasterKey::read(write(std::string(33, 'a'), kOwner)).error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(MasterKey::read(write(std::string(32, 'a'), kOwner | fs::perms::group_read)).error().code,
            ErrorCode::kRefused);
}

}  // namespace
}  // namespace tactful
