// Whatever fails, nothing is sent: every fault is a hold with its cause, and the file is whole afterwards.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "contact_fixture.hpp"

namespace tactful::test {
namespace {

const TimeMs kNoon = at("2026-05-14T12:00:00+08:00");

class ContactFault : public ContactFixture {
 protected:
  [[nodiscard]] Error open_error(ContactStateOptions options = {}, unsigned char key = 7) const {
    const auto state = ContactState::open(file(), contact_identity(key), options);
    return state ? Error{} : state.error();
  }
  static ContactStateOptions impatient() {
    ContactStateOptions options;
    options.busy_timeout_ms = 0;
    return options;
  }
};

void expect_hold(const ContactDecision& decision, ErrorCode code) {
  EXPECT_EQ(decision.verdict, ContactVerdict::kHold);
  EXPECT_EQ(decision.reason, ContactReason::kStateUnavailable);
  EXPECT_EQ(decision.until, kNoon + 60'000);
  ASSERT_TRUE(decision.error);
  EXPECT_EQ(decision.error->code, code) << describe(*decision.error);
}

TEST_F(ContactFault, OpeningSaysWhatIsWrong) {
  ContactStateOptions options;
  EXPECT_EQ(open_error(options).code, ErrorCode::kNotFound);  // nothing makes a missing state but who asks for it
  EXPECT_FALSE(std::filesystem::exists(file()));
  { const auto made = open(); }
  EXPECT_EQ(open_error({}, 8).code, ErrorCode::kRefused);
  {
    SQLite::Database database(file().string(), SQLite::OPEN_READWRITE);
    database.exec("PRAGMA user_version = 3");
  }
  EXPECT_EQ(open_error().code, ErrorCode::kUnsupportedVersion);
  {
    SQLite::Database database(file().string(), SQLite::OPEN_READWRITE);
    database.exec("PRAGMA user_version = 2");
    database.exec("PRAGMA journal_mode = WAL");
  }
  EXPECT_EQ(open_error().code, ErrorCode::kStorage);
  std::ofstream(file(), std::ios::trunc) << std::string(5000, 'x');
  EXPECT_EQ(open_error().code, ErrorCode::kStorage);
  std::filesystem::remove(file());
  std::filesystem::create_directory(file());
  EXPECT_EQ(open_error().code, ErrorCode::kStorage);
  options.busy_timeout_ms = -1;
  EXPECT_EQ(open_error(options).where, "busy_timeout_ms");
  options.busy_timeout_ms = 0;
  options.retry_ms = 0;
  EXPECT_EQ(open_error(options).where, "retry_ms");
}

TEST_F(ContactFault, AnotherApplicationsFileIsLeftAlone) {
  {
    SQLite::Database database(file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("CREATE TABLE mine(a)");
  }
  EXPECT_EQ(open_error().code, ErrorCode::kStorage);
  SQLite::Database database(file().string());
  EXPECT_FALSE(database.tableExists("facts"));
}

TEST_F(ContactFault, ALockedFileHolds) {
  const auto state = open(impatient());
  SQLite::Database other(file().string(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN EXCLUSIVE");
  expect_hold(state->decide(policy(), request(), kNoon), ErrorCode::kUnavailable);
  expect_hold(state->reserve(policy(), request(), "m", kNoon).decision, ErrorCode::kUnavailable);
  EXPECT_EQ(state->opt_out("li", "", "", kNoon, "").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(state->due({}, kNoon).error().code, ErrorCode::kUnavailable);
  other.exec("ROLLBACK");
  // A reader alone lets decisions through and keeps a reservation from being committed.
  other.exec("BEGIN");
  (void)other.execAndGet("SELECT count(*) FROM facts");
  EXPECT_TRUE(state->decide(policy(), request(), kNoon).is_allowed());
  expect_hold(state->reserve(policy(), request(), "m", kNoon).decision, ErrorCode::kUnavailable);
  other.exec("ROLLBACK");
  EXPECT_TRUE(state->reserve(policy(), request(), "m", kNoon).decision.is_allowed());
}

TEST_F(ContactFault, AFileThatIsGoneOrReplacedHolds) {
  const auto state = open();
  ASSERT_TRUE(state->opt_out("li", "", "", kNoon, ""));
  std::filesystem::rename(file(), folder_ / "moved.db");
  expect_hold(state->decide(policy(), request("wang"), kNoon), ErrorCode::kUnavailable);
  expect_hold(state->reserve(policy(), request("wang"), "m", kNoon).decision, ErrorCode::kUnavailable);
  EXPECT_EQ(state->opt_out("wang", "", "", kNoon, "").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(open_error().code, ErrorCode::kNotFound);
  { const auto another = open(); }
  expect_hold(state->decide(policy(), request("wang"), kNoon), ErrorCode::kUnavailable);
  std::filesystem::rename(folder_ / "moved.db", file());  // put back
  EXPECT_TRUE(state->decide(policy(), request("wang"), kNoon).is_allowed());
  EXPECT_EQ(said(state->decide(policy(), request("li"), kNoon)), "do_not_contact opted_out");
}

TEST_F(ContactFault, ReadOnlyDecidesAndReservesNothing) {
  { const auto made = open(); }
  ContactStateOptions options;
  options.read_only = true;
  const auto state = open(options);
  EXPECT_TRUE(state->decide(policy(), request(), kNoon).is_allowed());
  expect_hold(state->reserve(policy(), request(), "m", kNoon).decision, ErrorCode::kUnavailable);
  EXPECT_EQ(state->forget("li", false).error().code, ErrorCode::kUnavailable);
}

TEST_F(ContactFault, ADamagedFileHolds) {
  const auto state = open();
  ASSERT_TRUE(state->record_complaint("li", "normal", kNoon, ""));
  const auto size = std::filesystem::file_size(file());
  {
    std::fstream bytes(file(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(4096);
    for (std::uintmax_t i = 4096; i < size; ++i) bytes.put(static_cast<char>(0xEE));
  }
  const auto fresh = ContactState::open(file(), contact_identity());
  if (fresh) {
    expect_hold((*fresh)->decide(policy(), request(), kNoon), ErrorCode::kStorage);
    expect_hold((*fresh)->reserve(policy(), request(), "m", kNoon).decision, ErrorCode::kStorage);
  } else {
    EXPECT_EQ(fresh.error().code, ErrorCode::kStorage);
  }
}

// A file size limit stands for a full disk: writes fail in the middle of a transaction.
TEST_F(ContactFault, AFullDiskHoldsAndTheFileStaysWhole) {
  {
    const auto state = open();
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(state->record_complaint("u" + std::to_string(i), "normal", kNoon, ""));
  }
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const auto state = ContactState::open(file(), contact_identity());
    if (!state) ::_exit(1);
    rlimit limit{static_cast<rlim_t>(std::filesystem::file_size(file())), RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
    int allowed = 0;
    for (int i = 0; i < 5000; ++i) {
      const Reservation made = (*state)->reserve(policy(), request("u" + std::to_string(i)), "m", kNoon);
      if (made.decision.is_allowed()) {
        ++allowed;
        continue;
      }
      const bool holds = made.decision.verdict == ContactVerdict::kHold && made.decision.error &&
                         made.decision.error->code == ErrorCode::kStorage && made.contact.is_none();
      if (!holds) ::_exit(3);
      if ((*state)->opt_out("another", "", "", kNoon, "").has_value()) ::_exit(4);
      // Reading goes on: what was reserved stands, what failed does not.
      limit.rlim_cur = RLIM_INFINITY;
      ::setrlimit(RLIMIT_FSIZE, &limit);
      if (!(*state)->facts("u" + std::to_string(i))->contacts.empty()) ::_exit(5);
      ::_exit((*state)->reserve(policy(), request("u" + std::to_string(i)), "m", kNoon).decision.is_allowed() ? 0 : 6);
    }
    ::_exit(allowed > 0 ? 7 : 8);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  SQLite::Database database(file().string(), SQLite::OPEN_READWRITE);
  EXPECT_EQ(database.execAndGet("PRAGMA integrity_check").getString(), "ok");
}

}  // namespace
}  // namespace tactful::test
