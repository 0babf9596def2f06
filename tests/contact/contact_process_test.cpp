// Several processes on one file: children are forked before they open it.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "contact_fixture.hpp"

namespace tactful::test {
namespace {

const TimeMs kNoon = at("2026-05-14T12:00:00+08:00");

class Channel {
 public:
  Channel() {
    if (::pipe(ends_) != 0) throw std::runtime_error("no pipe");
  }
  ~Channel() {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  void send(std::int32_t value) const {
    if (::write(ends_[1], &value, sizeof value) != sizeof value) ::_exit(9);
  }
  [[nodiscard]] std::optional<std::int32_t> receive() const {
    std::int32_t value = 0;
    if (::read(ends_[0], &value, sizeof value) != sizeof value) return std::nullopt;
    return value;
  }
  void close_writer() { ::close(std::exchange(ends_[1], -1)); }

 private:
  int ends_[2] = {-1, -1};
};

// Runs `body` in a child, which exits with its value.
pid_t child(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    int code = 99;
    try {
      code = body();
    } catch (...) {
    }
    ::_exit(code);
  }
  return pid;
}

int wait_for(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

std::string integrity(const std::filesystem::path& file) {
  SQLite::Database database(file.string(), SQLite::OPEN_READWRITE);  // rolls a hot journal back, as any sender would
  return database.execAndGet("PRAGMA integrity_check").getString();
}

class ContactProcess : public ContactFixture {
 protected:
  [[nodiscard]] std::unique_ptr<ContactState> patient() const {
    ContactStateOptions options;
    options.busy_timeout_ms = 30'000;
    return open(options);
  }
};

TEST_F(ContactProcess, AnOptOutIsSeenByTheNextDecisionOfEveryProcess) {
  { const auto made = open(); }
  Channel ask, answer;
  const pid_t pid = child([&] {
    const auto state = patient();
    const ContactPolicy rules = policy();
    while (const auto round = ask.receive()) {
      if (*round < 0) return 0;
      const ContactDecision decision = state->decide(rules, request("u" + std::to_string(*round)), kNoon);
      answer.send(decision.reason == ContactReason::kOptedOut ? 1 : decision.is_allowed() ? 0 : 2);
    }
    return 0;
  });
  const auto state = patient();
  for (int round = 0; round < 40; ++round) {
    const std::string unit = "u" + std::to_string(round);
    ask.send(round);
    ASSERT_EQ(answer.receive(), 0) << round;  // the child has the customer in its cache now
    ASSERT_TRUE(state->opt_out(unit, "", "", kNoon, ""));
    ask.send(round);
    ASSERT_EQ(answer.receive(), 1) << round;
  }
  ask.send(-1);
  EXPECT_EQ(wait_for(pid), 0);
}

TEST_F(ContactProcess, OfManySendersOfOneCustomerExactlyOneWins) {
  { const auto made = open(); }
  const ContactPolicy rules = policy(R"("caps": [{"period": "day", "most": 1}])");
  for (int round = 0; round < 8; ++round) {
    Channel start;
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
      children.push_back(child([&, i] {
        const auto state = patient();
        if (!start.receive()) return 3;
        const std::string message = std::to_string(round) + "-" + std::to_string(i);
        const Reservation made = state->reserve(rules, request("u" + std::to_string(round)), message, kNoon);
        if (made.decision.is_allowed()) return 1;
        return made.decision.reason == ContactReason::kCap ? 0 : 2;
      }));
    }
    for (int i = 0; i < 4; ++i) start.send(1);
    int winners = 0;
    for (const pid_t pid : children) {
      const int code = wait_for(pid);
      ASSERT_TRUE(code == 0 || code == 1) << code;
      winners += code;
    }
    ASSERT_EQ(winners, 1) << round;
  }
}

TEST_F(ContactProcess, KillingSendersNeverExceedsTheCapNorHarmsTheFile) {
  { const auto made = open(); }
  const ContactPolicy rules = policy(R"("caps": [{"period": "day", "most": 2}])");
  std::mt19937_64 random(2026);
  std::map<int, int> acknowledged;
  for (int round = 0; round < 25; ++round) {
    Channel acks;
    const pid_t pid = child([&] {
      const auto state = patient();
      for (int i = 0;; ++i) {
        const int unit = i % 40;
        const std::string message = std::to_string(round) + "-" + std::to_string(i);
        if (state->reserve(rules, request("u" + std::to_string(unit)), message, kNoon + round * kMillisecondsPerDay)
                .decision.is_allowed()) {
          acks.send(unit);
        }
        if (i == 400) return 0;
      }
    });
    acks.close_writer();
    const std::size_t enough = random() % 60;
    std::size_t seen = 0;
    std::map<int, int> today;
    while (const auto unit = acks.receive()) {
      ASSERT_LE(++today[*unit], 2);
      ++acknowledged[*unit];
      if (++seen == enough) ::kill(pid, SIGKILL);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    ASSERT_EQ(integrity(file()), "ok");
    const auto state = patient();
    for (int unit = 0; unit < 40; ++unit) {
      const std::vector<ContactFact> contacts = state->facts("u" + std::to_string(unit)).value().contacts;
      const auto made = std::count_if(contacts.begin(), contacts.end(), [&](const ContactFact& one) {
        return one.at == kNoon + round * kMillisecondsPerDay;
      });
      ASSERT_LE(made, 2) << unit;                // the cap stands
      ASSERT_GE(made, today[unit]) << unit;      // what was acknowledged is there
      ASSERT_LE(made, today[unit] + 1) << unit;  // at most the one whose answer was cut off is more
    }
  }
  EXPECT_GT(acknowledged.size(), 20u);
}

// Called whenever a connection opened under `watch` begins a transaction, while it holds no lock yet.
std::function<void()>& at_begin() {
  static std::function<void()> act;
  return act;
}

int on_statement(unsigned, void*, void*, void* sql) {
  if (at_begin() && std::string_view(static_cast<const char*>(sql)) == "BEGIN") at_begin()();
  return 0;
}

int watch(sqlite3* database, const char**, const void*) {
  return sqlite3_trace_v2(database, SQLITE_TRACE_STMT, on_statement, nullptr);
}

// A reader holds off every commit: in one transaction a long list would make all opt-outs fail as long as it is read.
TEST_F(ContactProcess, OptOutsGoOnWhileThePoliciesAreListed) {
  const auto entry = reinterpret_cast<void (*)()>(watch);
  ASSERT_EQ(sqlite3_auto_extension(entry), SQLITE_OK);
  const auto state = patient();
  sqlite3_cancel_auto_extension(entry);
  ASSERT_TRUE(state->reserve(policy(), request(), "m-1", kNoon).decision.is_allowed());
  {  // contacts by the thousand, as a pilot leaves them
    SQLite::Database database(file().string(), SQLite::OPEN_READWRITE);
    database.exec(R"(PRAGMA synchronous = OFF; BEGIN;
        CREATE TEMP TABLE made AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
          SELECT randomblob(16) AS contact, i FROM n;
        INSERT INTO facts SELECT contact, 4, contact, i, 0, 'sms', '' FROM made;
        INSERT INTO decided SELECT contact, (SELECT id FROM policies), '' FROM made;
        COMMIT)");
  }
  ContactStateOptions hasty;
  hasty.busy_timeout_ms = 0;
  const auto sender = open(hasty);
  int recorded = 0, failed = 0;
  at_begin() = [&] {
    const auto done = sender->opt_out("u" + std::to_string(recorded + failed), "", "", kNoon, "");
    ++(done ? recorded : failed);
  };
  const auto uses = state->policies();
  at_begin() = nullptr;
  ASSERT_TRUE(uses) << describe(uses.error());
  ASSERT_EQ(uses->size(), 1u);
  EXPECT_EQ(uses->at(0).contacts, 20'001);
  EXPECT_EQ(uses->at(0).first_at, 1);
  EXPECT_EQ(uses->at(0).last_at, kNoon);
  EXPECT_GE(recorded, 20) << "opt-outs wait for thousands of contacts";
  EXPECT_EQ(failed, 0);
}

TEST_F(ContactProcess, AForkedChildMayNotUseItsParentsState) {
  const auto state = open();
  const int code = wait_for(child([&] {
    const ContactDecision decision = state->decide(policy(), request(), kNoon);
    if (decision.verdict != ContactVerdict::kHold || decision.reason != ContactReason::kStateUnavailable) return 1;
    if (!decision.error || decision.error->code != ErrorCode::kUnavailable) return 2;
    if (state->opt_out("li", "", "", kNoon, "").has_value()) return 3;
    return state->reserve(policy(), request(), "m", kNoon).decision.is_allowed() ? 4 : 0;
  }));
  EXPECT_EQ(code, 0);
  EXPECT_TRUE(state->decide(policy(), request(), kNoon).is_allowed());
}

TEST_F(ContactProcess, ThreadsOfOneProcessShareOneState) {
  const auto state = open();
  const ContactPolicy rules = policy(R"("caps": [{"period": "day", "most": 3}])");
  std::atomic<int> allowed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int m = 0; m < 5; ++m) {
        (void)state->decide(rules, request(), kNoon);
        if (state->reserve(rules, request(), std::to_string(i * 10 + m), kNoon).decision.is_allowed()) ++allowed;
      }
    });
  }
  for (std::thread& one : threads) one.join();
  EXPECT_EQ(allowed, 3);
}

}  // namespace
}  // namespace tactful::test
