// Nothing raw reaches the disk, an error or the log: planted phone numbers and names are searched for in every byte.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "journal_fixture.hpp"
#include "tactful/core/file.hpp"

namespace tactful::test {
namespace {

namespace fs = std::filesystem;

constexpr int kCustomers = 10'000;

std::string phone(int i) { return "+49170" + std::to_string(5'550'000 + i); }
std::string name(int i) { return "Erika-Mustermann-" + std::to_string(i); }

void plant(Journal& journal) {
  for (int i = 0; i < kCustomers; ++i) {
    const std::string unit = phone(i), cluster = name(i), id = "call/" + phone(i) + "/" + name(i);
    Event event = outcome(unit, id);
    event.cluster = cluster;
    if (!journal.record(event).ok()) ::_exit(1);
    event.type = EventType::kContact;
    event.kind = {};
    event.value.reset();
    event.event_id = cluster;
    event.ticket = id;
    event.assignee = cluster;
    if (!journal.record(event).ok()) ::_exit(5);
    event = outcome(unit, id);
    if (i % 100 == 0) {
      event.variant = id;  // a label, but the event is refused for its kind
      event.cluster = cluster;
      event.kind = cluster;
      if (journal.record(event).ok()) ::_exit(2);
    }
  }
  if (!journal.flush().ok()) ::_exit(3);
}

// In a child that is killed, so that database and log are both found as they were in the middle of the work.
TEST(Privacy, NoByteOfAnIdReachesTheDisk) {
  const TempDir folder;
  const pid_t child = ::fork();
  if (child == 0) {
    const FixedClock clock;
    auto journal = Journal::open(folder / "a.db", pseudonymizer(), clock);
    if (!journal) ::_exit(4);
    plant(**journal);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
  ASSERT_EQ(read_all(folder / "a.db").size(), static_cast<std::size_t>(2 * kCustomers));
  std::size_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    const std::string content = read_file(entry.path()).value();
    bytes += content.size();
    EXPECT_EQ(content.find("+49170"), std::string::npos) << entry.path();
    EXPECT_EQ(content.find("49170555"), std::string::npos) << entry.path();
    EXPECT_EQ(content.find("Mustermann"), std::string::npos) << entry.path();
  }
  EXPECT_GT(bytes, 100'000U);
  EXPECT_TRUE(fs::exists(folder / "a.db-wal"));
}

TEST(Privacy, ErrorsAndLogsNameNoCustomer) {
  const TempDir folder;
  const FixedClock clock;
  MemoryLog log;
  FaultyDisk disk;
  JournalOptions options;
  options.close_timeout_ms = 0;
  options.queue_events = 50;
  options.when_full = WhenFull::kDropNewest;
  std::string said;
  {
    const auto journal = open_or_fail(folder / "a.db", clock, options, disk.hooks(), &log);
    disk.fail();
    for (int i = 0; i < 100; ++i) {
      const std::string unit = phone(i), id = name(i);
      const Status status = journal->record(outcome(unit, id), [&](const Status& failed) {
        if (!failed.ok()) said += describe(failed.error());
      });
      if (!status.ok()) said += describe(status.error());
      Event wrong = outcome(unit, id);
      wrong.kind = id;
      said += describe(journal->record(wrong).error());
    }
    said += describe(journal->flush().error());
  }
  said += log.text();
  EXPECT_THAT(said, ::testing::HasSubstr("on fire"));
  EXPECT_EQ(said.find("+49170"), std::string::npos);
  EXPECT_EQ(said.find("Mustermann"), std::string::npos);
}

}  // namespace
}  // namespace tactful::test
