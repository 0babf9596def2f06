#include "tactful/core/file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>

#include "support/temp_dir.hpp"

namespace tactful {
namespace {

TEST(Files, WriteReadAndReplace) {
  const test::TempDir dir;
  const auto path = dir / "a.txt";
  ASSERT_TRUE(write_file_atomically(path, "first"));
  ASSERT_TRUE(write_file_atomically(path, std::string(200'000, 'x')));
  EXPECT_EQ(read_file(path)->size(), 200'000u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1) << "no temporary file may stay";
}

TEST(Files, KeepTheModeOfAReplacedFile) {
  const test::TempDir dir;
  const auto path = dir / "key";
  ASSERT_TRUE(write_file_atomically(path, "secret"));
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  ASSERT_TRUE(write_file_atomically(path, "other"));
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(Files, SayWhatIsWrong) {
  const test::TempDir dir;
  EXPECT_EQ(read_file(dir / "absent").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read_file(dir.path()).error().code, ErrorCode::kStorage);
  EXPECT_FALSE(write_file_atomically(dir / "no/such/folder", "x"));
  ASSERT_TRUE(write_file_atomically(dir / "big", "12345"));
  EXPECT_EQ(read_file(dir / "big", 4).error().code, ErrorCode::kInvalidInput);
  EXPECT_TRUE(read_file(dir / "big", 5));
}

}  // namespace
}  // namespace tactful
