#include "tactful/journal/pseudonym.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <set>

#include "support/temp_dir.hpp"
#include "tactful/core/file.hpp"
#include "tactful/journal/sqlite_info.hpp"

namespace tactful {
namespace {

using ::testing::HasSubstr;

std::array<unsigned char, 32> key(unsigned char first) {
  std::array<unsigned char, 32> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(first + i);
  return bytes;
}

Pseudonymizer make(unsigned char first, std::string_view purpose) {
  return Pseudonymizer::from_key(key(first), purpose).value();
}

// Frozen: made by an independent implementation of the specification (Python: hashlib.blake2b and
// SipHash-2-4 from its paper, whose test vector it gives; docs/spec/events.md).
TEST(Pseudonym, MatchesTheSpecification) {
  const auto p = make(0, "reminders");
  EXPECT_EQ(p.unit("+49 170 1234567"), 6599987379815682667);
  EXPECT_EQ(p.cluster("+49 170 1234567"), 1235541388679770578);
  EXPECT_EQ(p.event("+49 170 1234567"), 5535691885376790972);
  EXPECT_EQ(p.unit(""), 4036740832599254431);
  EXPECT_EQ(p.key_id(), "5c78d2fb716f9176");
  EXPECT_EQ(p.purpose(), "reminders");
}

TEST(Pseudonym, DiffersByKeyPurposeAndRole) {
  const auto p = make(0, "reminders"), other_key = make(1, "reminders"), other_purpose = make(0, "billing");
  std::set<std::int64_t> ids;
  for (const auto& each : {p, other_key, other_purpose}) {
    ids.insert(each.unit("customer-1"));
    ids.insert(each.cluster("customer-1"));
    ids.insert(each.ticket("customer-1"));
    ids.insert(each.assignee("customer-1"));
    ids.insert(each.event("customer-1"));
  }
  EXPECT_EQ(ids.size(), 15U);
  EXPECT_EQ((std::set<std::string>{p.key_id(), other_key.key_id(), other_purpose.key_id()}).size(), 3U);
}

TEST(Pseudonym, IsPositiveAndWithoutCollisionsIn200Thousand) {
  const auto p = make(9, "reminders");
  std::set<std::int64_t> ids;
  constexpr int kUnits = 200'000;
  for (int i = 0; i < kUnits; ++i) ids.insert(p.unit("unit-" + std::to_string(i)));
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(kUnits));
  EXPECT_GE(*ids.begin(), 1);
}

TEST(Pseudonym, RefusesAPurposeThatIsNoKey) {
  for (const std::string_view purpose :
       {std::string_view(""), std::string_view("Has Blanks"), std::string_view("a\0b", 3)}) {
    const auto result = Pseudonymizer::from_key(key(0), purpose);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(result.error().where, "purpose");
  }
}

class KeyFile : public ::testing::Test {
 protected:
  ErrorCode code_of(const std::filesystem::path& path) {
    const auto result = Pseudonymizer::from_key_file(path, "reminders");
    if (result) ADD_FAILURE() << "accepted " << path;
    return result ? ErrorCode::kConflict : result.error().code;
  }
  std::filesystem::path file_of(std::string_view content, mode_t mode) {
    const auto path = folder_ / "key";
    EXPECT_TRUE(write_file_atomically(path, content).ok());
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  test::TempDir folder_;
};

TEST_F(KeyFile, RoundTrip) {
  const auto path = folder_ / "master.key";
  ASSERT_TRUE(Pseudonymizer::create_key_file(path).ok());
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
  EXPECT_EQ(info.st_size, 32);
  const auto first = Pseudonymizer::from_key_file(path, "reminders");
  const auto second = Pseudonymizer::from_key_file(path, "reminders");
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_EQ(first->unit("a"), second->unit("a"));
  EXPECT_EQ(first->key_id(), second->key_id());
}

TEST_F(KeyFile, TwoKeysDiffer) {
  ASSERT_TRUE(Pseudonymizer::create_key_file(folder_ / "a").ok());
  ASSERT_TRUE(Pseudonymizer::create_key_file(folder_ / "b").ok());
  EXPECT_NE(read_file(folder_ / "a").value(), read_file(folder_ / "b").value());
}

TEST_F(KeyFile, IsTheSameAsItsBytes) {
  const auto bytes = key(40);
  const auto path = file_of(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()), 0400);
  EXPECT_EQ(Pseudonymizer::from_key_file(path, "reminders").value().key_id(), make(40, "reminders").key_id());
}

TEST_F(KeyFile, IsNeverOverwritten) {
  const auto path = file_of("kept", 0600);
  const Status status = Pseudonymizer::create_key_file(path);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kConflict);
  EXPECT_EQ(read_file(path).value(), "kept");
}

TEST_F(KeyFile, RefusesWhatOthersMayRead) {
  for (const mode_t mode : {0640U, 0604U, 0620U, 0666U})
    EXPECT_EQ(code_of(file_of(std::string(32, 'x'), mode)), ErrorCode::kRefused);
}

TEST_F(KeyFile, RefusesAWrongSize) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{31}, std::size_t{33}, std::size_t{4096}}) {
    EXPECT_EQ(code_of(file_of(std::string(size, 'x'), 0600)), ErrorCode::kInvalidInput);
  }
}

TEST_F(KeyFile, RefusesWhatIsNoFile) {
  EXPECT_EQ(code_of(folder_.path()), ErrorCode::kInvalidInput);
  EXPECT_EQ(code_of(folder_ / "absent"), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(file_of("x", 0600) / "below-a-file"), ErrorCode::kStorage);
}

TEST_F(KeyFile, ReportsAFolderThatIsMissing) {
  const Status status = Pseudonymizer::create_key_file(folder_ / "absent" / "key");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kStorage);
  EXPECT_THAT(status.error().where, HasSubstr("absent"));
}

TEST(SqliteInfo, KnowsTheVersionsWithTheWalResetBug) {
  EXPECT_THAT(std::string(sqlite_version()), HasSubstr("3."));
  for (const int broken : {3'007'000, 3'040'001, 3'044'005, 3'045'000, 3'050'006, 3'051'002}) {
    EXPECT_TRUE(sqlite_has_wal_reset_bug(broken)) << broken;
  }
  for (const int sound : {3'006'999, 3'044'006, 3'044'007, 3'050'007, 3'051'003, 3'052'000}) {
    EXPECT_FALSE(sqlite_has_wal_reset_bug(sound)) << sound;
  }
  if (sqlite_version() == "3.40.1") {
    EXPECT_TRUE(sqlite_has_wal_reset_bug());
  }
}

}  // namespace
}  // namespace tactful
