// Kills, full disks, read-only files and damaged blocks.
#include <gmock/gmock.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_fixture.hpp"

namespace tactful {
namespace {

using namespace store_test;
using testing::HasSubstr;

std::vector<IngestEvent> batch_of(int number, int size = 2'000) {
  std::vector<IngestEvent> events;
  for (int i = 0; i < size; ++i) {
    const std::int64_t id = static_cast<std::int64_t>(number) * size + i;
    events.push_back(i % 3 == 0 ? exposure(1 + id * 7919 % 1'000'003, id, 1'000 + id)
                                : outcome(1 + id * 7919 % 1'000'003, id, 2'000 + id));
  }
  return events;
}

std::string integrity_of(const std::filesystem::path& file) {
  sqlite3* db = nullptr;
  if (sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK) return "cannot open";
  std::string answer;
  sqlite3_exec(
      db, "PRAGMA integrity_check",
      [](void* out, int, char** values, char**) {
        *static_cast<std::string*>(out) += values[0];
        return 0;
      },
      &answer, nullptr);
  sqlite3_close(db);
  return answer;
}

TEST(StoreFaultTest, KilledWhileIngestingItIsWholeAndCanGoOn) {
  constexpr int kBatches = 6;
  const MemoryDir folder;
  auto clean = open_store(folder / "clean.db");
  for (int batch = 0; batch < kBatches; ++batch)
    ASSERT_TRUE(clean->ingest(batch_of(batch), std::to_string(batch)).has_value());
  const std::string expected = clean->data_fingerprint().value();
  for (int round = 0; round < 12; ++round) {
    const auto file = folder / ("killed" + std::to_string(round) + ".db");
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto store = Store::open(file, Store::Mode::kCreate);
      for (int batch = 0; store && batch < kBatches; ++batch) {
        if (!(*store)->ingest(batch_of(batch), std::to_string(batch))) ::_exit(2);
        const char done = static_cast<char>(batch);
        if (::write(pipe_ends[1], &done, 1) != 1) ::_exit(3);
      }
      ::pause();
      ::_exit(0);
    }
    ::close(pipe_ends[1]);
    // The blow falls somewhere after an acknowledged batch: at once, or a few thousand instructions into the next.
    char acknowledged = -1;
    for (int batch = 0; batch <= round % kBatches; ++batch) ASSERT_EQ(::read(pipe_ends[0], &acknowledged, 1), 1);
    volatile std::uint64_t spin = 0;
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(round) * 150'000; ++i) spin = spin + i;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(pipe_ends[0]);

    auto store = open_store(file, Store::Mode::kReadWrite);
    ASSERT_NE(store, nullptr);
    const auto totals = store->totals().value();
    const std::int64_t rows = totals.exposures + totals.outcomes;
    EXPECT_EQ(rows % 2'000, 0) << "a batch is whole or absent";
    EXPECT_GE(rows, (acknowledged + 1) * 2'000) << "what was acknowledged is there";
    for (int batch = 0; batch < kBatches; ++batch)
      ASSERT_TRUE(store->ingest(batch_of(batch), std::to_string(batch)).has_value());
    EXPECT_EQ(store->data_fingerprint().value(), expected);
    store.reset();
    EXPECT_EQ(integrity_of(file), "ok");
  }
}

/// Fills until it fails; the store stays as it was and goes on when there is room.
void fill_until_full(const std::filesystem::path& file, const std::function<void()>& make_room) {
  auto store = open_store(file);
  ASSERT_NE(store, nullptr);
  std::string before;
  int batch = 0;
  std::optional<Error> error;
  for (; batch < 200 && !error; ++batch) {
    before = store->data_fingerprint().value();
    const auto summary = store->ingest(batch_of(batch), std::to_string(batch));
    if (!summary) error = summary.error();
  }
  ASSERT_TRUE(error.has_value()) << "the limit was never reached";
  EXPECT_EQ(error->code, ErrorCode::kStorage) << describe(*error);
  EXPECT_EQ(store->data_fingerprint().value(), before);
  EXPECT_EQ(outcomes_of(*store, {"converted"}).size() + exposures_of(*store, "landing").size(),
            static_cast<std::size_t>(batch - 1) * 2'000);
  make_room();
  const auto summary = store->ingest(batch_of(batch - 1), "again");
  ASSERT_TRUE(summary.has_value()) << describe(summary.error());
  EXPECT_EQ(summary->added, 2'000);
}

TEST(StoreFaultTest, FileSizeLimit) {
  const MemoryDir folder;
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1u << 20, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    fill_until_full(folder / "s.db", [] {
      const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
      ::setrlimit(RLIMIT_FSIZE, &none);
    });
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(StoreFaultTest, DiskFull) {
  const MemoryDir folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=2m") != 0) GTEST_SKIP() << "may not mount a small disk";
  fill_until_full(folder / "s.db",
                  [&folder] { ::mount("tmpfs", folder.path().c_str(), "tmpfs", MS_REMOUNT, "size=64m"); });
  ::umount(folder.path().c_str());
}

TEST(StoreFaultTest, OneWriterUnderAnyName) {
  const MemoryDir folder;
  const auto file = folder / "s.db";
  auto writer = open_store(file);
  const auto link = folder / "link.db", other_folder = folder / "folder", second_name = folder / "second.db";
  std::filesystem::create_symlink(file, link);
  std::filesystem::create_directory_symlink(folder.path(), other_folder);
  for (const auto& name : {link, other_folder / "s.db"}) {
    const auto second = Store::open(name, Store::Mode::kReadWrite);
    ASSERT_FALSE(second.has_value()) << name;
    EXPECT_EQ(second.error().code, ErrorCode::kUnavailable) << name;
  }
  writer.reset();
  EXPECT_TRUE(Store::open(link, Store::Mode::kReadWrite).has_value());
  std::filesystem::create_hard_link(file, second_name);
  for (const auto& name : {file, second_name}) {
    const auto opened = Store::open(name, Store::Mode::kReadWrite);
    ASSERT_FALSE(opened.has_value()) << name;
    EXPECT_EQ(opened.error().code, ErrorCode::kStorage);
    EXPECT_THAT(opened.error().message, HasSubstr("hard link"));
    EXPECT_TRUE(Store::open(name, Store::Mode::kReadOnly).has_value());
  }
  std::filesystem::create_symlink(folder / "absent.db", folder / "nowhere.db");
  EXPECT_FALSE(Store::open(folder / "nowhere.db", Store::Mode::kCreate).has_value());
}

TEST(StoreFaultTest, DamagedBlockIsNamed) {
  const MemoryDir folder;
  const auto file = folder / "s.db";
  auto store = open_store(file);
  ASSERT_TRUE(store->ingest(batch_of(0), "0").has_value());
  store.reset();
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
  sqlite3_stmt* query = nullptr;
  ASSERT_EQ(
      sqlite3_prepare_v2(db, "SELECT data FROM columns JOIN segments ON id = segment WHERE kind = 2 AND column = 1", -1,
                         &query, nullptr),
      SQLITE_OK);
  ASSERT_EQ(sqlite3_step(query), SQLITE_ROW);
  const std::string block(static_cast<const char*>(sqlite3_column_blob(query, 0)),
                          static_cast<std::size_t>(sqlite3_column_bytes(query, 0)));
  sqlite3_finalize(query);
  sqlite3_close(db);
  std::string bytes = read_bytes(file);
  const std::size_t at = bytes.find(block.substr(100, 64));
  ASSERT_NE(at, std::string::npos);
  bytes[at + 30] = static_cast<char>(bytes[at + 30] ^ 1);
  const auto bad = folder.write("bad.db", bytes);

  auto damaged = open_store(bad);
  ASSERT_NE(damaged, nullptr);
  const Status status =
      damaged->scan_exposures(0, damaged->code("landing").value(), kForever, [](const ExposureBlock&) {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kStorage);
  EXPECT_THAT(status.error().message, HasSubstr("column `unit` in segment"));
  EXPECT_THAT(status.error().message, HasSubstr("exposures of landing, 667 rows"));
  EXPECT_THAT(status.error().where, HasSubstr("bad.db"));
  EXPECT_EQ(outcomes_of(*damaged, {"converted"}).size(), 1'333u) << "other segments can be read";
  EXPECT_EQ(damaged->ingest(batch_of(1), "1").error().code, ErrorCode::kStorage) << "deduplication does not pass it by";
}

TEST(StoreFaultTest, AnyFlippedByteIsFoundOrHarmless) {
  const MemoryDir folder;
  const auto file = folder / "s.db";
  auto store = open_store(file);
  ASSERT_TRUE(store->ingest(batch_of(0, 300), "0").has_value());
  const auto outcomes = outcomes_of(*store, {"converted"});
  const auto exposures = exposures_of(*store, "landing");
  store.reset();
  const std::string bytes = read_bytes(file);
  int found = 0;
  for (std::size_t at = 100; at < bytes.size(); at += 257) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    const auto opened = Store::open(folder.write("bad.db", flipped), Store::Mode::kReadOnly);
    if (!opened) {
      ++found;
      continue;
    }
    std::vector<std::tuple<UnitId, TimeMs, std::string>> read;
    const Status status = (*opened)->scan_exposures(
        0, (*opened)->code("landing").value_or(-1), kForever, [&](const ExposureBlock& block) {
          for (std::size_t i = 0; i < block.unit.size(); ++i)
            read.emplace_back(block.unit[i], block.at[i], (*opened)->text(block.variant[i]));
        });
    std::sort(read.begin(), read.end());
    if (!status) {
      ++found;
    } else if (!read.empty()) {
      EXPECT_EQ(read, exposures) << "byte " << at;
    }
  }
  EXPECT_GT(found, 0);
}

TEST(StoreFaultTest, ReadOnlyFilesAndFolders) {
  const MemoryDir folder;
  const auto file = folder / "s.db";
  auto store = open_store(file);
  ASSERT_TRUE(store->ingest(batch_of(0, 10), "0").has_value());
  store.reset();
  if (::geteuid() == 0) {
    // Root may write anywhere: a read-only mount is what stops it.
    if (::mount(folder.path().c_str(), folder.path().c_str(), nullptr, MS_BIND, nullptr) != 0 ||
        ::mount(nullptr, folder.path().c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
      ::umount(folder.path().c_str());
      GTEST_SKIP() << "may not make a read-only folder";
    }
  } else {
    std::filesystem::permissions(folder.path(),
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  }
  const auto writer = Store::open(file, Store::Mode::kReadWrite);
  auto reader = Store::open(file, Store::Mode::kReadOnly);
  EXPECT_EQ(writer.has_value() ? ErrorCode::kInvalidArgument : writer.error().code, ErrorCode::kStorage);
  if (!reader) {
    ADD_FAILURE() << describe(reader.error());
  } else {
    EXPECT_EQ((*reader)->totals().value().exposures, 4);
    reader = Error{};
  }
  if (::geteuid() == 0) ::umount(folder.path().c_str());
}

}  // namespace
}  // namespace tactful
