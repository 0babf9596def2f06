#include "tactful/experiment/ledger.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "sample.hpp"
#include "support/temp_dir.hpp"
#include "tactful/core/file.hpp"

namespace tactful {
namespace {

class LedgerTest : public ::testing::Test {
 protected:
  LedgerEntry entry(LedgerAction action, Json body = Json::object()) const {
    LedgerEntry e;
    e.at = 1'780'000'000'123;
    e.by = "王伟";
    e.role = "service";
    e.action = action;
    e.experiment = "renewal";
    e.fingerprint = fingerprint(experiment_);
    e.body = std::move(body);
    return e;
  }
  LedgerEntry add(LedgerAction action, Json body = Json::object()) const {
    auto appended = Ledger::append(path_, entry(action, std::move(body)));
    EXPECT_TRUE(appended) << describe(appended.error());
    return std::move(appended).value();
  }
  std::string text() const { return read_file(path_).value(); }
  void write(const std::string& content) const { ASSERT_TRUE(write_file_atomically(path_, content)); }
  Result<Lifecycle> state() const { return lifecycle_of(experiment_, Ledger::read(path_).value()); }

  test::TempDir folder_;
  std::filesystem::path path_ = Ledger::path_of(folder_.path(), "renewal");
  Experiment experiment_ = sample::experiment();
};

TEST_F(LedgerTest, AnAbsentFileIsEmpty) {
  const auto ledger = Ledger::read(path_);
  ASSERT_TRUE(ledger);
  EXPECT_TRUE(ledger->entries().empty());
  EXPECT_EQ(ledger->head(), std::string(64, '0'));
  EXPECT_EQ(path_.filename(), "renewal.ledger.jsonl");
}

TEST_F(LedgerTest, KeepsWhatIsAppended) {
  const LedgerEntry first = add(LedgerAction::kReview, Json::object().set("p", 0.25).set("words", "好"));
  const LedgerEntry second = add(LedgerAction::kStop, Json::object().set("reason", "complaints"));
  const auto ledger = Ledger::read(path_);
  ASSERT_TRUE(ledger);
  EXPECT_THAT(ledger->entries(), ::testing::ElementsAre(first, second));
  EXPECT_EQ(first.sequence, 1);
  EXPECT_EQ(first.previous, std::string(64, '0'));
  EXPECT_EQ(second.previous, first.hash);
  EXPECT_EQ(ledger->head(), second.hash);
  EXPECT_EQ(ledger->torn_bytes(), 0u);
}

TEST_F(LedgerTest, ShowsEverySingleByteEdit) {
  add(LedgerAction::kReview, Json::object().set("n", 12));
  add(LedgerAction::kPromote, Json::object().set("variant", "help"));
  add(LedgerAction::kReview);
  const std::string good = text();
  const std::string head = Ledger::read(path_)->head();
  for (std::size_t i = 0; i + 1 < good.size(); ++i) {  // the final line feed alone may go
    std::string edited = good;
    edited[i] = edited[i] == '1' ? '2' : '1';
    write(edited);
    const auto ledger = Ledger::read(path_);
    ASSERT_TRUE(!ledger || ledger->head() != head) << "byte " << i;
    if (!ledger) {
      ASSERT_EQ(ledger.error().code, ErrorCode::kInvalidExperiment);
    }
  }
}

TEST_F(LedgerTest, NamesTheBrokenLine) {
  add(LedgerAction::kReview);
  add(LedgerAction::kReview);
  add(LedgerAction::kReview);
  std::string content = text();
  const std::size_t second = content.find('\n') + 1;
  const std::size_t third = content.find('\n', second) + 1;
  write(content.substr(0, second) + content.substr(third));
  const auto ledger = Ledger::read(path_);
  ASSERT_FALSE(ledger);
  EXPECT_THAT(ledger.error().where, ::testing::EndsWith("renewal.ledger.jsonl:2"));
  EXPECT_EQ(Ledger::append(path_, entry(LedgerAction::kReview)).error().code, ErrorCode::kInvalidExperiment);
}

TEST_F(LedgerTest, PassesOverATornTailAndCutsItOffAtTheNextAppend) {
  add(LedgerAction::kReview);
  const std::string one = text();
  const LedgerEntry second = add(LedgerAction::kStop);
  const std::string two = text();
  for (std::size_t length = one.size() + 1; length + 1 < two.size(); length += 7) {
    write(two.substr(0, length));
    const auto ledger = Ledger::read(path_);
    ASSERT_TRUE(ledger) << length;
    ASSERT_EQ(ledger->entries().size(), 1u);
    ASSERT_EQ(ledger->torn_bytes(), length - one.size());
  }
  add(LedgerAction::kStop);
  EXPECT_EQ(text(), two);
}

TEST_F(LedgerTest, ALastLineCountsWithoutItsLineFeed) {
  add(LedgerAction::kReview);
  const LedgerEntry stop = add(LedgerAction::kStop);
  const std::string content = text();
  write(content.substr(0, content.size() - 1));
  EXPECT_EQ(Ledger::read(path_)->head(), stop.hash);
  add(LedgerAction::kReview);
  EXPECT_EQ(Ledger::read(path_)->entries().size(), 3u);
}

TEST_F(LedgerTest, RefusesAnAppendToAnotherHead) {
  const std::string seen = Ledger::read(path_)->head();
  add(LedgerAction::kReview);
  const auto late = Ledger::append(path_, entry(LedgerAction::kPromote), seen);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(Ledger::append(path_, entry(LedgerAction::kReview), Ledger::read(path_)->head()));
}

TEST_F(LedgerTest, RefusesEntriesThatSayTooLittleOrCannotBeWritten) {
  const auto code = [&](const LedgerEntry& e) { return Ledger::append(path_, e).error().code; };
  LedgerEntry e = entry(LedgerAction::kReview);
  e.by = "";
  EXPECT_EQ(code(e), ErrorCode::kInvalidArgument);
  e = entry(LedgerAction::kReview);
  e.fingerprint = "x";
  EXPECT_EQ(code(e), ErrorCode::kInvalidArgument);
  e = entry(LedgerAction::kReview, Json(3));
  EXPECT_EQ(code(e), ErrorCode::kInvalidArgument);
  e = entry(LedgerAction::kReview, Json::object().set("x", "\xff"));
  EXPECT_EQ(code(e), ErrorCode::kInvalidArgument);
  add(LedgerAction::kReview);
  e = entry(LedgerAction::kReview);
  e.experiment = "other";
  EXPECT_EQ(code(e), ErrorCode::kConflict);
  EXPECT_EQ(Ledger::append(folder_.path() / "none" / "x", entry(LedgerAction::kReview)).error().code,
            ErrorCode::kStorage);
}

TEST_F(LedgerTest, AppendsFromThreadsAndProcessesFormOneChain) {
  constexpr int kEach = 6;
  const pid_t child = ::fork();
  if (child == 0) {
    bool good = true;
    for (int i = 0; i < kEach; ++i) good = good && Ledger::append(path_, entry(LedgerAction::kReview));
    ::_exit(good ? 0 : 1);
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) EXPECT_TRUE(Ledger::append(path_, entry(LedgerAction::kReview)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  int status = 1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(Ledger::read(path_)->entries().size(), 4u * kEach);
}

TEST_F(LedgerTest, LifecycleFollowsTheLatestEntryThatActs) {
  EXPECT_EQ(state().value(), Lifecycle{});
  add(LedgerAction::kReview);
  add(LedgerAction::kApprove);
  EXPECT_EQ(state()->state, Lifecycle::State::kPilot);
  const LedgerEntry promote = add(LedgerAction::kPromote, Json::object().set("variant", "help"));
  EXPECT_EQ(state().value(), (Lifecycle{Lifecycle::State::kPromoted, "help", Fraction{200'000}, "rollout-1", promote.at,
                                        promote.fingerprint, 1, std::nullopt}));
  add(LedgerAction::kPromote, Json::object().set("variant", "help").set("holdback", 0.05));
  EXPECT_EQ(state()->phase, "rollout-2");
  EXPECT_EQ(state()->holdback.millionths, 50'000);
  add(LedgerAction::kDemote, Json::object().set("reason", "complaints rose"));
  EXPECT_EQ(state()->state, Lifecycle::State::kStopped);
  add(LedgerAction::kPromote, Json::object().set("variant", "control").set("holdback", 0).set("phase", "back"));
  EXPECT_EQ(state()->variant, "control");
  EXPECT_EQ(state()->phase, "back");
  add(LedgerAction::kStop);
  EXPECT_EQ(state()->state, Lifecycle::State::kStopped);
}

TEST_F(LedgerTest, PromotionStepsAreCountedUntilSomethingElseHappens) {
  add(LedgerAction::kPromote, Json::object().set("variant", "help").set("holdback", 0.8));
  EXPECT_EQ(state()->step, 1);
  EXPECT_EQ(state()->review_by, std::nullopt);
  add(LedgerAction::kPromote,
      Json::object().set("variant", "help").set("holdback", 0.2).set("review_by", "2026-12-01T00:00:00Z"));
  EXPECT_EQ(state()->step, 2);
  EXPECT_EQ(state()->review_by, parse_time("2026-12-01T00:00:00Z").value());
  add(LedgerAction::kPromote, Json::object().set("variant", "help").set("step", 7));
  EXPECT_EQ(state()->step, 7);
  add(LedgerAction::kStop);
  EXPECT_EQ(state()->step, 0);
  add(LedgerAction::kPromote, Json::object().set("variant", "help"));
  EXPECT_EQ(state()->step, 1);
}

TEST_F(LedgerTest, ADemotionCanGoBackToAnEarlierWinnerAsAPhaseOfItsOwn) {
  add(LedgerAction::kPromote, Json::object().set("variant", "help"));
  add(LedgerAction::kDemote, Json::object().set("reason", "complaints rose").set("to", "control").set("holdback", 0.5));
  EXPECT_EQ(state()->state, Lifecycle::State::kPromoted);
  EXPECT_EQ(state()->variant, "control");
  EXPECT_EQ(state()->holdback.millionths, 500'000);
  EXPECT_EQ(state()->phase, "rollout-2");
  add(LedgerAction::kDemote, Json::object().set("reason", "no use"));
  EXPECT_EQ(state()->state, Lifecycle::State::kStopped);
  const auto all = lifecycles_of(sample::experiment(), Ledger::read(path_).value());
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ(all->at(0).phase, "rollout-1");
  EXPECT_EQ(all->at(1).phase, "rollout-2");
}

TEST_F(LedgerTest, AStopOfOneVariantLeavesThePilotToTheOthers) {
  experiment_ = sample::experiment(
      sample::with(sample::file(), "/variants/-", parse_json(R"({"key": "firm", "text": "Pay {name}"})").value()));
  const LedgerEntry first = add(LedgerAction::kStop, Json::object().set("variant", "firm").set("reason", "complaints"));
  add(LedgerAction::kStop, Json::object().set("variant", "firm").set("reason", "said twice"));
  EXPECT_EQ(state()->state, Lifecycle::State::kPilot);
  EXPECT_EQ(state()->phase, "pilot");
  EXPECT_THAT(state()->stopped_variants, ::testing::ElementsAre(VariantStop{"firm", first.at}));
  add(LedgerAction::kStop, Json::object().set("variant", "gone"));
  EXPECT_EQ(state()->state, Lifecycle::State::kPilot) << "a version without it has nobody to give it to";
  add(LedgerAction::kStop, Json::object().set("variant", "help"));
  EXPECT_EQ(state()->state, Lifecycle::State::kStopped) << "nothing is left to test";
}

TEST_F(LedgerTest, AStoppedVariantStaysStoppedWhateverFollows) {
  experiment_ = sample::experiment(
      sample::with(sample::file(), "/variants/-", parse_json(R"({"key": "firm", "text": "Pay {name}"})").value()));
  add(LedgerAction::kStop, Json::object().set("variant", "firm"));
  add(LedgerAction::kOverride, Json::object().set("decision", "continue").set("variant", "firm"));
  EXPECT_NE(state()->find_stop("firm"), nullptr);
  EXPECT_EQ(state()->find_stop("help"), nullptr);
  add(LedgerAction::kPromote, Json::object().set("variant", "help"));
  EXPECT_EQ(state()->state, Lifecycle::State::kPromoted);
  EXPECT_NE(state()->find_stop("firm"), nullptr);
  add(LedgerAction::kStop, Json::object().set("variant", "help"));
  EXPECT_EQ(state()->state, Lifecycle::State::kStopped) << "the promoted one: everyone gets control";
  EXPECT_NE(state()->find_stop("firm"), nullptr);
}

TEST_F(LedgerTest, AStopThatNamesNoOtherWordingStopsEverything) {
  for (const Json& variant : {Json("control"), Json(""), Json(3), Json()}) {
    std::filesystem::remove(path_);
    add(LedgerAction::kStop, Json::object().set("variant", variant));
    EXPECT_EQ(state()->state, Lifecycle::State::kStopped) << variant.dump();
  }
}

TEST_F(LedgerTest, LifecycleRefusesWhatDoesNotFitTheExperiment) {
  for (const Json& body :
       {Json::object().set("variant", "nobody"), Json::object(),
        Json::object().set("variant", "help").set("holdback", 0.12345678),
        Json::object().set("variant", "help").set("phase", "A B"), Json::object().set("variant", "help").set("step", 0),
        Json::object().set("variant", "help").set("review_by", "soon")}) {
    std::filesystem::remove(path_);
    add(LedgerAction::kPromote, body);
    EXPECT_EQ(state().error().code, ErrorCode::kInvalidExperiment) << body.dump();
  }
  std::filesystem::remove(path_);
  add(LedgerAction::kStop);
  const Experiment other = sample::experiment(sample::with(sample::file(), "/key", "other"));
  EXPECT_FALSE(lifecycle_of(other, Ledger::read(path_).value()));
}

}  // namespace
}  // namespace tactful
