#include "tactful/core/descriptor.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "support/temp_dir.hpp"

namespace tactful {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

TEST(Descriptors, CloseOnceAndMove) {
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  {
    Descriptor first(fd);
    Descriptor second(std::move(first));
    EXPECT_FALSE(first.is_open());
    EXPECT_EQ(second.get(), fd);
    Descriptor third;
    third = std::move(second);
    EXPECT_TRUE(is_open(fd));
    EXPECT_EQ(third.get(), fd);
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(Descriptors, CloseNowReportsAndReleaseGivesAway) {
  Descriptor none(-1);
  EXPECT_FALSE(none.is_open());
  EXPECT_TRUE(none.close_now()) << "nothing to close";
  Descriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int fd = file.release();
  EXPECT_TRUE(is_open(fd));
  Descriptor again(fd);
  EXPECT_TRUE(again.close_now());
  EXPECT_FALSE(is_open(fd));
}

TEST(SystemErrors, NameTheCauseAndThePlace) {
  const Error absent = system_error("cannot open", "a/b", ENOENT);
  EXPECT_EQ(absent.code, ErrorCode::kNotFound);
  EXPECT_EQ(absent.message, "cannot open: No such file or directory");
  EXPECT_EQ(absent.where, "a/b");
  EXPECT_EQ(system_error("cannot read", "a", EISDIR).message, "cannot read: it is a folder");
  EXPECT_EQ(storage_error("cannot create", "a/b", ENOENT).code, ErrorCode::kStorage);
  EXPECT_EQ(system_error("cannot write", "a", ENOSPC).code, ErrorCode::kStorage);
}

TEST(SystemErrors, SyncFolder) {
  const test::TempDir dir;
  EXPECT_TRUE(sync_folder(dir.path()));
  EXPECT_EQ(sync_folder(dir / "absent").error().code, ErrorCode::kStorage);
  EXPECT_EQ(sync_folder(dir.write("file", "")).error().code, ErrorCode::kStorage);
}

}  // namespace
}  // namespace tactful
