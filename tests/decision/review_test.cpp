#include "tactful/decision/review.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "made_review.hpp"
#include "tactful/core/version.hpp"
#include "tactful/decision/promote.hpp"

namespace tactful {
namespace {

using test::kStart;
using test::kWeekMs;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class Review : public test::ReviewedExperiment {};

testing::Matcher<TakenLook> is_look(int planned, TimeMs at) {
  return AllOf(testing::Field(&TakenLook::planned, planned), testing::Field(&TakenLook::at, at));
}

TEST_F(Review, takes_the_look_that_is_due_and_freezes_it) {
  const TakenReview taken = must_review(tally_at({1}));
  EXPECT_EQ(taken.look, 1);
  EXPECT_EQ(taken.entry.sequence, 1);
  EXPECT_EQ(taken.entry.action, LedgerAction::kReview);
  EXPECT_FALSE(taken.was_completed);
  EXPECT_EQ(taken.file, folder.path() / "reviews" / "reminder" / "1-2024-10-11.json");
  struct stat status {};
  ASSERT_EQ(::stat(taken.file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0444u);
  EXPECT_EQ(taken.entry.body.find("digest")->as_string(), ledger_digest(read_file(taken.file).value()));
  for (const char* name : {"note", "code_version", "plan_fingerprint", "data_fingerprint", "seed", "definition",
                           "options", "tally", "scorecard", "previous"})
    EXPECT_NE(taken.document.find(name), nullptr) << name;
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Review, reproduces_from_its_own_tally_alone) {
  const TakenReview taken = must_review(tally_at({1, 2, 3}));
  // Neither the data nor the experiment file is asked again: policy, owner and dates may have changed.
  experiment.policy.final_holdback = Fraction{10'000};
  experiment.title = "renamed";
  EXPECT_THAT(findings(), IsEmpty());
  const auto frozen = read_review(taken.file);
  ASSERT_TRUE(frozen) << describe(frozen.error());
  const auto card = evaluate_in(frozen->experiment, frozen->phase, frozen->tally, frozen->options);
  ASSERT_TRUE(card) << describe(card.error());
  EXPECT_EQ(to_json(*card).canonical(), frozen->scorecard().canonical());
  EXPECT_EQ(frozen->experiment.title, "reminder");
}

TEST_F(Review, a_second_review_of_a_look_is_an_extra_one_and_spends_nothing) {
  must_review(tally_at({1, 2}));
  const TakenReview again = must_review(tally_at({1, 2}));
  EXPECT_EQ(again.look, 0);
  EXPECT_EQ(again.entry.body.find("look")->as_integer(), 0);
  EXPECT_THAT(history().taken(version(), "pilot"), ElementsAre(is_look(2, kStart + 2 * kWeekMs)));
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Review, the_last_look_seen_again_enters_no_look_twice) {
  Tally tally = tally_at(up_to(6));
  EXPECT_EQ(must_review(tally).look, 6);
  tally.as_of += 10 * kMillisecondsPerDay;
  tally.looks.back().at = tally.as_of;
  const TakenReview again = must_review(tally);
  EXPECT_EQ(again.look, 0);
  EXPECT_EQ(again.document.find("scorecard")->find("look")->as_integer(), 6);
  EXPECT_THAT(history().taken(version(), "pilot"), SizeIs(1));
}

TEST_F(Review, later_reviews_know_the_looks_that_were_taken_and_missed) {
  must_review(tally_at({1}));
  const TakenReview third = must_review(tally_at({1, 2, 3}));
  EXPECT_EQ(third.look, 3);
  const Json* options = third.document.find("options");
  ASSERT_THAT(options->find("taken")->as_array(), SizeIs(1));
  EXPECT_EQ(options->find("taken")->as_array()[0].find("look")->as_integer(), 1);
  EXPECT_THAT(history().taken(version(), "pilot"),
              ElementsAre(is_look(1, kStart + kWeekMs), is_look(3, kStart + 3 * kWeekMs)));
  // Another version of the experiment has taken none.
  EXPECT_THAT(history().taken("other", "pilot"), IsEmpty());
  EXPECT_THAT(history().taken(version(), "rollout-1"), IsEmpty());
}

TEST_F(Review, an_alarm_stays_whatever_later_data_say) {
  const TakenReview alarmed = must_review(tally_at(up_to(3), 2, 40));
  EXPECT_EQ(alarmed.entry.body.find("recommendation")->find("action")->as_string(), "stop");
  ASSERT_THAT(history().latched(version(), "pilot"), SizeIs(1));
  EXPECT_EQ(history().latched(version(), "pilot")[0].metric, "complaint");
  const TakenReview later = must_review(tally_at(up_to(4), 40, 40));
  EXPECT_EQ(later.entry.body.find("recommendation")->find("action")->as_string(), "stop");
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Review, what_a_look_spent_stays_spent_whatever_dates_the_file_has_later) {
  must_review(tally_at(up_to(3)));
  const auto taken = history().taken(version(), "pilot");
  ASSERT_THAT(taken, SizeIs(1));
  ASSERT_TRUE(taken[0].calendar);
  EXPECT_DOUBLE_EQ(*taken[0].calendar, 0.5);
  ASSERT_THAT(taken[0].maturity, SizeIs(1));  // one length of window
  EXPECT_DOUBLE_EQ(taken[0].maturity[0].share, 0.25);
  // A later start and a ramp that begins late: by the file alone the look would have spent almost nothing.
  Experiment edited = experiment;
  edited.pilot.start += 6 * kMillisecondsPerDay;
  edited.ramp = {{edited.pilot.start, Fraction{1'000}}, {kStart + 3 * kWeekMs, Fraction{Fraction::kWhole}}};
  ASSERT_EQ(fingerprint(edited), version());
  auto known = taken;
  const auto look_now = [&] {
    return schedule_looks(look_plan(edited), kStart + 4 * kWeekMs, known, true).value().taken;
  };
  ASSERT_THAT(look_now(), SizeIs(2));
  EXPECT_DOUBLE_EQ(look_now()[0].calendar, 0.5);
  EXPECT_DOUBLE_EQ(look_now()[1].calendar, 22.0 / 36.0);
  const TimeMs window = experiment.metrics[0].window_ms;
  EXPECT_DOUBLE_EQ(maturity_of(edited, look_now()[0], window), 0.25);
  EXPECT_LT(planned_maturity(edited, window, kStart + 3 * kWeekMs), 0.01);
  known[0].calendar = 0.9;
  EXPECT_DOUBLE_EQ(look_now()[1].calendar, 0.9);  // never below what was spent
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Review, only_looking_takes_no_planned_look) {
  EvaluateOptions options;
  options.taken_is_known = options.as_extra = true;
  const auto card = evaluate_in(experiment, std::nullopt, tally_at({1, 2}), options);
  ASSERT_TRUE(card) << describe(card.error());
  EXPECT_EQ(card->look, 0);
  EXPECT_FALSE(card->planned_look);
}

TEST_F(Review, minutes_entered_late_say_so_and_only_before_anything_later) {
  const Tally first = tally_at({1});
  const ReviewRequest late{"Wang Wei", "", "", first.as_of + 3 * kMillisecondsPerDay, "v"};
  const auto taken = take_review(folder.path(), {experiment, std::nullopt, first, {}}, ledger(), late);
  ASSERT_TRUE(taken) << describe(taken.error());
  EXPECT_TRUE(taken->entry.body.find("entered_late")->as_bool());
  ASSERT_THAT(taken->notes, SizeIs(1));
  EXPECT_THAT(taken->notes[0], HasSubstr("entered late"));
  EXPECT_FALSE(must_review(tally_at({1, 2})).entry.body.find("entered_late")->as_bool());
  // Another version takes its looks anew, but not with what is known of later ones.
  experiment.variants[1].text = "edited";
  const Tally again = tally_at({1});
  const auto refused = take_review(folder.path(), {experiment, std::nullopt, again, {}}, ledger(), late);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRefused);
  EXPECT_THAT(refused.error().message, HasSubstr("review 2 was as of"));
}

TEST_F(Review, an_alarm_outlives_an_edit_of_the_experiment) {
  must_review(tally_at(up_to(3), 2, 40));
  experiment.variants[1].text = "edited";
  ASSERT_THAT(history().latched(version(), "pilot"), SizeIs(1));
  EXPECT_TRUE(history().latched(version(), "pilot")[0].other_version);
  EXPECT_THAT(history().latched(version(), "rollout-1"), IsEmpty());
  const TakenReview later = must_review(tally_at(up_to(4), 40, 40));
  EXPECT_EQ(later.entry.body.find("recommendation")->find("action")->as_string(), "stop");
  EXPECT_THAT(later.document.find("scorecard")->find("harm")->dump(), HasSubstr("of another version"));
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Review, exposures_of_other_versions_are_not_waved_through) {
  Tally tally = tally_at({1});
  tally.integrity.other_fingerprint_exposures = 3;
  const auto card = evaluate_in(experiment, std::nullopt, tally, {{"fingerprint"}, ""});
  ASSERT_FALSE(card);
  EXPECT_EQ(card.error().code, ErrorCode::kRefused);
  EXPECT_THAT(card.error().message, HasSubstr("3 exposures of other versions"));
}

TEST_F(Review, promotes_what_it_recommended_between_the_looks_until_the_next_is_due) {
  experiment.metrics[1].margin = Margin{Margin::Kind::kAbsolute, 0.05};
  const TakenReview taken = must_review(tally_at(up_to(5)));
  ASSERT_EQ(taken.look, 5);
  ASSERT_EQ(taken.entry.body.find("recommendation")->find("action")->as_string(), "promote");
  ASSERT_TRUE(approve(folder.path(), experiment, {"a", "Zhou", "head", taken.entry.at}));
  Tally tally = tally_at(up_to(5));
  tally.as_of += 3 * kMillisecondsPerDay;
  LookTally now = tally.looks.back();
  now.at = tally.as_of;
  tally.looks.push_back(now);
  const auto card = evaluate_in(experiment, std::nullopt, tally, with_history({}, history(), experiment, "pilot"));
  ASSERT_TRUE(card) << describe(card.error());
  ASSERT_EQ(card->recommendation.action, Action::kContinue);  // an extra look by itself promotes nothing
  PromoteRequest request{"a", "Wang Wei", "", std::nullopt, tally.as_of + kMillisecondsPerHour};
  const auto obstacles = [&] { return *promotion_obstacles(folder.path(), experiment, *card, ledger(), request); };
  EXPECT_THAT(obstacles(), IsEmpty());
  const auto action = [&] {
    return standing_recommendation(folder.path(), experiment, *card, ledger(), request.at).value().action;
  };
  EXPECT_EQ(action(), Action::kPromote);
  request.at = kStart + 6 * kWeekMs;
  EXPECT_THAT(obstacles(), testing::Contains(HasSubstr("a review is due: planned look 6")));
  EXPECT_THAT(obstacles(), testing::Contains(HasSubstr("leave --as-of out")));
  EXPECT_EQ(action(), Action::kContinue);
  request.at = tally.as_of;
  overwrite(taken.file, read_file(taken.file).value() + "\n");
  EXPECT_THAT(obstacles(), ElementsAre(HasSubstr("the frozen file of review 1 is missing or was edited")));
}

TEST_F(Review, refuses_what_would_be_no_review) {
  EXPECT_EQ(review(tally_at({1}), "").error().code, ErrorCode::kInvalidArgument);
  must_review(tally_at({1, 2}));
  const auto earlier = review(tally_at({1}));
  ASSERT_FALSE(earlier);
  EXPECT_EQ(earlier.error().code, ErrorCode::kRefused);
  EXPECT_THAT(earlier.error().message, HasSubstr("review 1"));
  const Tally tally = tally_at({1, 2, 3});
  const auto early = take_review(folder.path(), {experiment, std::nullopt, tally, {}}, ledger(),
                                 {"Wang Wei", "", "", tally.as_of - 1, "v"});
  EXPECT_EQ(early.error().code, ErrorCode::kRefused);
}

TEST_F(Review, does_not_go_past_a_ledger_that_went_on) {
  const Ledger before = ledger();
  must_review(tally_at({1}));
  const Tally tally = tally_at({1, 2});
  const auto late =
      take_review(folder.path(), {experiment, std::nullopt, tally, {}}, before, {"Wang Wei", "", "", tally.as_of, "v"});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kConflict);
  EXPECT_THAT(findings(), IsEmpty());  // nothing was left lying about
}

TEST_F(Review, finds_an_edit_of_any_byte_and_its_place) {
  const TakenReview taken = must_review(tally_at({1, 2}));
  const std::string whole = read_file(taken.file).value();
  const std::size_t step = whole.size() / 60 + 1;
  for (std::size_t at = 0; at < whole.size(); at += step) {
    std::string edited = whole;
    edited[at] = edited[at] == '7' ? '8' : '7';
    overwrite(taken.file, edited);
    const auto found = findings();
    ASSERT_THAT(found, Not(IsEmpty())) << at;
    EXPECT_TRUE(found[0].is_error);
    EXPECT_EQ(found[0].review, 1);
    EXPECT_THAT(found[0].where, HasSubstr("1-2024-10-18.json")) << at;
  }
  overwrite(taken.file, whole);
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Review, names_the_part_that_was_edited_and_what_it_would_change) {
  const TakenReview taken = must_review(tally_at({1, 2, 3}));
  const auto edit = [&](const std::string& from, const std::string& to, std::size_t after) {
    std::string text = read_file(taken.file).value();
    const std::size_t at = text.find(from, after);
    EXPECT_NE(at, std::string::npos) << from;
    overwrite(taken.file, text.replace(at, from.size(), to));
    return findings();
  };
  const std::string whole = read_file(taken.file).value();
  const std::size_t tally = whole.find("\"tally\": {");
  ASSERT_NE(tally, std::string::npos);
  auto found = edit("\"units\": 2400", "\"units\": 2401", tally);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_THAT(found[0].where, HasSubstr(":/tally"));
  EXPECT_THAT(found[1].where, HasSubstr(":/scorecard"));
  EXPECT_THAT(found[1].message, AllOf(HasSubstr("2,400"), HasSubstr("2,401")));
  overwrite(taken.file, whole);
  found = edit("as agreed", "as wished", 0);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].message, HasSubstr("head"));
  overwrite(taken.file, whole + "\n");
  EXPECT_THAT(findings()[0].message, HasSubstr("layout"));
  overwrite(taken.file, whole.substr(0, whole.size() / 2));
  EXPECT_THAT(findings()[0].message, HasSubstr("edited"));
  std::filesystem::remove(taken.file);
  EXPECT_THAT(findings()[0].message, HasSubstr("missing"));
}

TEST_F(Review, a_ledger_that_was_edited_is_found_at_its_line) {
  must_review(tally_at({1}));
  must_review(tally_at({1, 2}));
  const std::string whole = read_file(ledger_path()).value();
  const std::size_t second = whole.find('\n') + 1;
  for (std::size_t at = 0; at + 1 < whole.size(); at += 37) {
    if (whole[at] == '\n') continue;
    std::string edited = whole;
    edited[at] = edited[at] == '7' ? '8' : '7';
    overwrite(ledger_path(), edited);
    const auto read = Ledger::read(ledger_path());
    ASSERT_FALSE(read) << at;
    EXPECT_THAT(read.error().where, HasSubstr(at < second ? ":1" : ":2")) << at;
  }
}

/// A child that takes a review while the ledger is locked gets as far as the frozen file; there it is killed.
class KilledReview : public Review {
 protected:
  void kill_between(const Tally& tally) {
    const std::filesystem::path path = ledger_path();
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(::flock(fd, LOCK_EX), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      (void)review(tally);
      ::_exit(0);
    }
    const auto frozen = folder.path() / "reviews" / "reminder";
    for (int tries = 0; tries < 30'000 && leftovers(frozen).empty(); ++tries) ::usleep(1'000);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(fd);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_THAT(leftovers(frozen), SizeIs(1));
    ASSERT_THAT(findings(), SizeIs(1));
    EXPECT_FALSE(findings()[0].is_error);
  }
  std::vector<std::string> leftovers(const std::filesystem::path& frozen) const {
    std::vector<std::string> names;
    std::error_code failed;
    for (std::filesystem::directory_iterator entry(frozen, failed), end; !failed && entry != end;
         entry.increment(failed)) {
      if (entry->path().extension() == ".json") names.push_back(entry->path().filename().string());
    }
    return names;
  }
};

TEST_F(KilledReview, is_entered_as_it_was_made_by_the_next) {
  kill_between(tally_at({1}));
  const TakenReview next = must_review(tally_at({1, 2}));
  EXPECT_TRUE(next.was_completed);
  EXPECT_EQ(next.look, 1);
  EXPECT_EQ(next.entry.at, kStart + kWeekMs + kMillisecondsPerHour);
  ASSERT_THAT(next.notes, SizeIs(1));
  EXPECT_THAT(next.notes[0], HasSubstr("is entered as it was made"));
  EXPECT_THAT(findings(), IsEmpty());
  EXPECT_EQ(must_review(tally_at({1, 2})).look, 2);
}

TEST_F(KilledReview, is_set_aside_when_the_ledger_went_on) {
  kill_between(tally_at({1}));
  LedgerEntry stop;
  stop.by = "Li Na";
  stop.action = LedgerAction::kStop;
  stop.experiment = experiment.key;
  stop.fingerprint = version();
  stop.body = Json::object().set("reason", "complaints");
  ASSERT_TRUE(Ledger::append(ledger_path(), stop));
  const TakenReview next = must_review(tally_at({1, 2}));
  EXPECT_FALSE(next.was_completed);
  ASSERT_THAT(next.notes, SizeIs(1));
  EXPECT_THAT(next.notes[0], AllOf(HasSubstr("set aside as 1-2024-10-11.json.discarded"), HasSubstr("gone on")));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "reviews" / "reminder" / "1-2024-10-11.json.discarded"));
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(KilledReview, is_not_entered_when_it_does_not_reproduce) {
  kill_between(tally_at({1}));
  const auto file = folder.path() / "reviews" / "reminder" / "1-2024-10-11.json";
  std::string text = read_file(file).value();
  const std::size_t at = text.find("\"action\": \"");
  ASSERT_NE(at, std::string::npos);
  overwrite(file, text.replace(at, text.find('"', at + 11) - at, "\"action\": \"promote"));
  const TakenReview next = must_review(tally_at({1}));
  EXPECT_FALSE(next.was_completed);
  EXPECT_EQ(next.look, 1);
  EXPECT_THAT(next.notes[0], HasSubstr("does not reproduce"));
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Review, two_at_once_do_not_overwrite_each_other) {
  constexpr int kReviewers = 4;
  const Tally tally = tally_at({1});
  for (int i = 0; i < kReviewers; ++i) {
    if (::fork() == 0) {
      const auto taken = review(tally);
      ::_exit(taken ? 0 : taken.error().code == ErrorCode::kConflict ? 1 : 2);
    }
  }
  int done = 0;
  for (int i = 0; i < kReviewers; ++i) {
    int status = 0;
    ::wait(&status);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_LT(WEXITSTATUS(status), 2);
    done += WEXITSTATUS(status) == 0 ? 1 : 0;
  }
  EXPECT_GE(done, 1);
  EXPECT_THAT(history().reviews, SizeIs(static_cast<std::size_t>(done)));
  EXPECT_THAT(history().taken(version(), "pilot"), SizeIs(1));
  EXPECT_THAT(findings(), IsEmpty());
}

TEST(CodeVersion, is_a_version_without_a_path) {
  EXPECT_THAT(std::string(code_version()),
              testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+(\\+[0-9a-f]+(\\.edited)?)?"));
}

}  // namespace
}  // namespace tactful
