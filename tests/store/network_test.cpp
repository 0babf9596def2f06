// Where a store may lie.
#include <gmock/gmock.h>

#include "store_fixture.hpp"
#include "store_hooks.hpp"

namespace tactful {
namespace {

using namespace store_test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Memo final : public LogSink {
 public:
  void log(LogLevel level, std::string_view message) noexcept override {
    if (level >= LogLevel::kWarning) lines.emplace_back(message);
  }
  std::vector<std::string> lines;
};

/// Hooks under which the folder, and no other, lies on such a file system.
StoreHooks on(const std::filesystem::path& folder, unsigned long kind) {
  StoreHooks hooks;
  hooks.file_system = [folder = std::filesystem::canonical(folder), kind](const std::filesystem::path& asked) {
    return Result<unsigned long>(asked == folder ? kind : 0xef53UL);
  };
  return hooks;
}

constexpr unsigned long kNfs = 0x6969, kFuse = 0x65735546, kExt4 = 0xef53;

TEST(StoreNetworkTest, IsNotWrittenOnANetworkFileSystem) {
  const MemoryDir folder;
  const auto file = folder / "s.db";
  Memo memo;
  const auto refused = tactful::open_store(file, Store::Mode::kCreate, &memo, on(folder.path(), kNfs));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kStorage);
  EXPECT_THAT(refused.error().message, HasSubstr("network file system (NFS)"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "neither a store nor its lock was made";
  ASSERT_TRUE(open_store(file)->ingest(std::vector{exposure(1, 1)}, "b").has_value());
  EXPECT_EQ(tactful::open_store(file, Store::Mode::kReadWrite, &memo, on(folder.path(), kNfs)).error().code,
            ErrorCode::kStorage);
  EXPECT_THAT(memo.lines, IsEmpty());
  // Through a link from elsewhere it lies where it lies.
  const MemoryDir elsewhere;
  std::filesystem::create_symlink(file, elsewhere / "link.db");
  EXPECT_FALSE(
      tactful::open_store(elsewhere / "link.db", Store::Mode::kReadWrite, &memo, on(folder.path(), kNfs)).has_value());
  const auto reader =
      tactful::open_store(elsewhere / "link.db", Store::Mode::kReadOnly, &memo, on(folder.path(), kNfs));
  ASSERT_TRUE(reader.has_value()) << describe(reader.error());
  EXPECT_EQ(exposures_of(**reader, "landing").size(), 1u);
  EXPECT_THAT(memo.lines, ElementsAre(HasSubstr("network file system (NFS)")));
}

TEST(StoreNetworkTest, AUsersFileSystemIsTold) {
  const MemoryDir folder;
  Memo memo;
  EXPECT_TRUE(tactful::open_store(folder / "s.db", Store::Mode::kCreate, &memo, on(folder.path(), kExt4)).has_value());
  EXPECT_THAT(memo.lines, IsEmpty());
  EXPECT_TRUE(
      tactful::open_store(folder / "s.db", Store::Mode::kReadWrite, &memo, on(folder.path(), kFuse)).has_value());
  EXPECT_THAT(memo.lines, ElementsAre(HasSubstr("FUSE")));
}

}  // namespace
}  // namespace tactful
