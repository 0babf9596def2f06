#include "tactful/core/file_system.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace tactful {
namespace {

TEST(FileSystem, NetworksAreKnownByTheirNumber) {
  EXPECT_STREQ(network_file_system(0x6969), "NFS");
  EXPECT_STREQ(network_file_system(0xff534d42), "CIFS");
  EXPECT_STREQ(network_file_system(static_cast<unsigned long>(static_cast<long>(static_cast<int>(0xfe534d42)))), "SMB2")
      << "sign-extended as some kernels give it";
  EXPECT_EQ(network_file_system(0xef53), nullptr) << "ext4";
  EXPECT_EQ(network_file_system(0x01021994), nullptr) << "tmpfs";
  EXPECT_TRUE(is_user_file_system(0x65735546));
  EXPECT_FALSE(is_user_file_system(0xef53));
}

TEST(FileSystem, AFolderIsAsked) {
  const test::TempDir folder;
  const auto kind = file_system_of(folder.path());
  ASSERT_TRUE(kind.has_value());
  EXPECT_NE(*kind, 0U);
  EXPECT_EQ(network_file_system(*kind), nullptr) << "the folder of the tests is local";
  EXPECT_EQ(file_system_of(folder / "absent").error().code, ErrorCode::kStorage);
}

}  // namespace
}  // namespace tactful
