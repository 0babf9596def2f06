// The weekly meeting through the program: review, look back, gate, override, promote by steps, demote, and what senders
// do.
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "run_program.hpp"
#include "tactful/core/file.hpp"
#include "tactful/decision/promote.hpp"
#include "tactful/experiment/experiment_file.hpp"
#include "tactful/sender/sender.hpp"

namespace tactful::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kReason = "the complaints came from one wrong amount, mended on 12 May";

std::string weekly_experiment() {
  std::string text = replaced(small_experiment(), R"("owner": "Li Na",)",
                              R"("owner": "Li Na", "randomisation": "coin flips by the mailing tool",)");
  text = replaced(text, R"("enrolment_end": "2026-05-25",)",
                  R"("enrolment_end": "2026-05-25", "looks": ["2026-05-18", "2026-05-25"],)");
  return text;
}

/// Who paid and complained, in percent, by arm; and how many of the kind arm are lost.
struct Story {
  int units = 6000;
  int paid_control = 20, paid_kind = 30;
  int complaints_control = 1, complaints_kind = 1;
  int lost_percent = 0;
};

class Weekly : public ::testing::Test {
 protected:
  void import(const Story& story, const std::string& month = "2026-05-", int first_day = 11,
              std::vector<std::string> more = {}) const {
    std::string exposures = "unit,variant,at\n", outcomes = "unit,kind,at\n";
    for (int unit = 0; unit < story.units; ++unit) {
      const bool kind = unit % 2 == 1;
      const int draw = unit / 2 % 100, day = first_day + unit / 2 / 100 % 14;
      if (kind && unit / 200 % 100 < story.lost_percent) continue;
      const std::string id = month + std::to_string(unit);
      const std::string at = month + (day < 10 ? "0" : "") + std::to_string(day);
      exposures += id + (kind ? ",kind," : ",control,") + at + "T10:00:00Z\n";
      if (draw < (kind ? story.paid_kind : story.paid_control)) outcomes += id + ",converted," + at + "T12:00:00Z\n";
      if (99 - draw < (kind ? story.complaints_kind : story.complaints_control))
        outcomes += id + ",complaint," + at + "T13:00:00Z\n";
    }
    std::vector<std::string> words = {"import",
                                      "--experiment",
                                      file_,
                                      "--store",
                                      store_,
                                      "--exposures",
                                      folder_.write("in/e.csv", exposures),
                                      "--outcomes",
                                      folder_.write("in/o.csv", outcomes)};
    words.insert(words.end(), more.begin(), more.end());
    const RunResult run = run_program(words);
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  RunResult review(const std::string& as_of, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"review", file_, "--store", store_, "--by", "Wang Wei", "--as-of", as_of};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }
  RunResult back(std::vector<std::string> more) const {
    more.insert(more.begin(), {"review", file_});
    return run_program(more);
  }
  RunResult gate(const std::string& as_of, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"gate", file_, "--store", store_, "--as-of", as_of, "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }
  RunResult run(const std::string& command, std::vector<std::string> more) const {
    more.insert(more.begin(), {command, file_});
    return run_program(more);
  }
  std::int64_t entries() const {
    const RunResult shown = run_program({"ledger", "show", file_, "--json"});
    return json_of(shown.out).find("entries")->as_integer();
  }

  const TempFolder folder_;
  const std::string file_ = folder_.write("experiments/late-fee.json", weekly_experiment());
  const std::string store_ = folder_.file("pilot.db");
  const std::string frozen_ = folder_.file("experiments/reviews/late-fee/1-2026-05-18.json");
};

TEST_F(Weekly, AReviewIsFrozenEnteredAndFoundAgain) {
  import({});
  const RunResult dry = review("2026-05-18", {"--dry-run"});
  ASSERT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("would be planned look 1; nothing was written"));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("experiments/reviews")));
  EXPECT_EQ(entries(), 0);

  const RunResult first = review("2026-05-18", {"--note", "as agreed"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, AllOf(HasSubstr("review 1 (planned look 1)"), HasSubstr(frozen_), HasSubstr("head ")));
  EXPECT_TRUE(std::filesystem::exists(frozen_));
  const RunResult second = review("2026-05-25", {"--json"});
  ASSERT_EQ(second.exit_code, 0) << second.err;
  const Json taken = json_of(second.out);
  EXPECT_EQ(taken.find("look")->as_integer(), 2);
  EXPECT_EQ(taken.find("scorecard")->find("look")->as_integer(), 2);
  EXPECT_EQ(json_of(review("2026-05-25", {"--json"}).out).find("look")->as_integer(), 0);

  const RunResult verified = run_program({"ledger", "verify", file_, "--head", taken.find("head")->as_string()});
  EXPECT_EQ(verified.exit_code, 3);  // a review came after it
  EXPECT_THAT(run_program({"ledger", "verify", file_}).out, HasSubstr("3 reviews reproduced to the last digit"));
  EXPECT_EQ(json_of(back({"--list", "--json"}).out).as_array().size(), 3u);
  EXPECT_THAT(back({"--show", "1"}).out, HasSubstr("review 1 by Wang Wei: as agreed"));
  EXPECT_EQ(json_of(back({"--show", "1", "--json"}).out).find("schema")->as_string(), "tactful/review/1");
  EXPECT_THAT(back({"--since", "1"}).out, HasSubstr("from review 1 to review 3"));
  EXPECT_THAT(back({"--since", "2026-05-18"}).out, HasSubstr("arms[control].units"));
  // A folder with reviews in it is a folder of experiments like any other.
  const RunResult checked = run_program({"check", folder_.file("experiments")});
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
}

TEST_F(Weekly, ARecountListsWhatCameLate) {
  import({});
  ASSERT_EQ(review("2026-05-18").exit_code, 0);
  const Json same = json_of(back({"--recount", "1", "--store", store_, "--json"}).out);
  EXPECT_THAT(same.find("changes")->as_array(), IsEmpty());
  const std::string before = read_file(frozen_).value();
  ASSERT_EQ(run_program({"import", "--experiment", file_, "--store", store_, "--outcomes",
                         folder_.write("in/late.csv",
                                       "unit,kind,at\n2026-05-1,complaint,2026-05-12T09:00:00Z\n"
                                       "2026-05-3,complaint,2026-05-12T09:00:00Z\n")})
                .exit_code,
            0);
  const RunResult recount = back({"--recount", "1", "--store", store_});
  ASSERT_EQ(recount.exit_code, 0) << recount.err;
  EXPECT_THAT(recount.out, HasSubstr("complaint, kind"));
  EXPECT_THAT(json_of(back({"--recount", "1", "--store", store_, "--json"}).out).find("changes")->as_array(),
              Not(IsEmpty()));
  EXPECT_EQ(read_file(frozen_).value(), before);
  EXPECT_EQ(back({"--verify", "all"}).exit_code, 0);
}

TEST_F(Weekly, AnEditedReviewIsFoundWithItsPlace) {
  import({});
  ASSERT_EQ(review("2026-05-18").exit_code, 0);
  const std::string whole = read_file(frozen_).value();
  std::filesystem::permissions(frozen_, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
  folder_.write("experiments/reviews/late-fee/1-2026-05-18.json", replaced(whole, "\"Wang Wei\"", "\"Wang Wen\""));
  const RunResult verified = run_program({"ledger", "verify", file_, "--json"});
  EXPECT_EQ(verified.exit_code, 3);
  const Json error = json_of(verified.err);
  EXPECT_EQ(error.find("code")->as_string(), "invalid_experiment");
  EXPECT_THAT(error.find("where")->as_string(), HasSubstr("1-2026-05-18.json"));
  EXPECT_THAT(error.find("message")->as_string(), HasSubstr("head is not what was entered"));
  const RunResult all = back({"--verify", "all", "--json"});
  EXPECT_EQ(all.exit_code, 3);
  EXPECT_FALSE(json_of(all.out).find("whole")->as_bool());
  EXPECT_EQ(back({"--show", "1"}).exit_code, 3);
}

TEST_F(Weekly, AnInterruptedReviewIsEnteredByTheNext) {
  import({});
  ASSERT_EQ(review("2026-05-18").exit_code, 0);
  // As a process leaves it that ends between the frozen file and its entry.
  std::filesystem::remove(folder_.file("experiments/late-fee.ledger.jsonl"));
  EXPECT_THAT(run_program({"ledger", "verify", file_}).err, HasSubstr("it was interrupted"));
  const RunResult next = review("2026-05-25");
  ASSERT_EQ(next.exit_code, 0) << next.err;
  EXPECT_THAT(next.out, HasSubstr("review 1 (planned look 1)"));
  EXPECT_THAT(next.err, AllOf(HasSubstr("is entered as it was made"), HasSubstr("Run again")));
  EXPECT_THAT(review("2026-05-25").out, HasSubstr("review 2 (planned look 2)"));
  EXPECT_EQ(run_program({"ledger", "verify", file_}).exit_code, 0);
}

TEST_F(Weekly, WrongInputSaysWhatToMend) {
  import({});
  EXPECT_EQ(run("review", {}).exit_code, 2);
  EXPECT_THAT(run("review", {"--store", store_}).err, HasSubstr("--by NAME"));
  EXPECT_THAT(back({"--list", "--show", "1"}).err, HasSubstr("two different things"));
  EXPECT_THAT(back({"--show", "1", "--by", "x"}).err, HasSubstr("leave it out"));
  EXPECT_EQ(back({"--show", "one"}).exit_code, 2);
  EXPECT_EQ(back({"--show", "7"}).exit_code, 1);
  EXPECT_EQ(back({"--recount", "1"}).exit_code, 2);
  EXPECT_EQ(back({"--since", "soon"}).exit_code, 2);
  EXPECT_EQ(back({"--since", "1"}).exit_code, 1);
  EXPECT_EQ(back({"--list", "--lang", "fr"}).exit_code, 2);
  EXPECT_EQ(review("2026-05-18", {"--phase", "rollout-1"}).exit_code, 1);
  ASSERT_EQ(review("2026-05-18").exit_code, 0);
  ASSERT_EQ(review("2026-05-25").exit_code, 0);
  const RunResult earlier = review("2026-05-18", {"--json"});
  EXPECT_EQ(earlier.exit_code, 1);
  EXPECT_EQ(json_of(earlier.err).find("code")->as_string(), "refused");
}

TEST_F(Weekly, SpeaksChinese) {
  import({});
  EXPECT_THAT(review("2026-05-18", {"--lang", "zh"}).out,
              AllOf(HasSubstr("评审 1"), HasSubstr("链头"), HasSubstr("继续")));
  EXPECT_THAT(back({"--verify", "all", "--lang", "zh"}).out, HasSubstr("逐位重现"));
  EXPECT_THAT(run("override", {"--decision", "stop", "--by", "Wang Wei", "--reason", kReason, "--lang", "zh"}).out,
              HasSubstr("推翻"));
  EXPECT_THAT(run("stop", {"--by", "Li Na", "--reason", "投诉", "--lang", "zh"}).out, HasSubstr("已停止"));
  EXPECT_THAT(run_program({"ledger", "verify", file_, "--lang", "zh"}).out, HasSubstr("链完整"));
  EXPECT_THAT(run_program({"gate", file_, "--store", store_, "--lang", "zh"}).out, HasSubstr("停止"));
}

TEST_F(Weekly, TheGatePromotesAndContinues) {
  import({});
  // Numbers that would promote are not enough: a review does.
  const RunResult due = gate("2026-06-02");
  EXPECT_EQ(due.exit_code, 10) << due.out << due.err;
  EXPECT_THAT(due.out, HasSubstr("a review is due"));
  ASSERT_EQ(review("2026-06-02").exit_code, 0);
  EXPECT_EQ(gate("2026-06-02").exit_code, 10);  // what was known then is not what is known now
  const RunResult promote = run("gate", {"--store", store_, "--json"});
  EXPECT_EQ(promote.exit_code, 0) << promote.out << promote.err;
  EXPECT_EQ(json_of(promote.out).find("action")->as_string(), "promote");
  EXPECT_EQ(json_of(promote.out).find("variant")->as_string(), "kind");
  const RunResult extra = gate("2026-05-21");
  EXPECT_EQ(extra.exit_code, 10) << extra.out << extra.err;
  EXPECT_FALSE(json_of(extra.out).find("planned_look")->as_bool());
}

TEST_F(Weekly, TheGateStopsWhereHarmIsShownOrTheLedgerSaysSo) {
  import({6000, 20, 20, 1, 12, 0});
  const RunResult harm = gate("2026-06-02");
  EXPECT_EQ(harm.exit_code, 11) << harm.out << harm.err;
  EXPECT_EQ(json_of(harm.out).find("variant")->as_string(), "kind");
  ASSERT_EQ(run("stop", {"--by", "Li Na", "--reason", "complaints"}).exit_code, 0);
  EXPECT_EQ(gate("2026-05-19").exit_code, 11);
  // Naming the phase does not undo the stop.
  EXPECT_EQ(gate("2026-05-19", {"--phase", "pilot"}).exit_code, 11);
}

TEST_F(Weekly, TheGateSaysInvalidAndEndWithoutWinner) {
  import({6000, 20, 20, 1, 1, 0});
  EXPECT_EQ(gate("2026-06-02").exit_code, 13);
}

TEST_F(Weekly, TheGateSaysInvalidForLostUnits) {
  import({6000, 20, 30, 1, 1, 25});
  const RunResult lost = gate("2026-06-02");
  EXPECT_EQ(lost.exit_code, 12) << lost.out;
  EXPECT_EQ(json_of(lost.out).find("action")->as_string(), "invalid");
  // Errors are none of the answers.
  EXPECT_EQ(gate("2026-05-11").exit_code, 4);
  EXPECT_EQ(gate("9000-01-01").exit_code, 2);
  EXPECT_EQ(run_program({"gate", file_, "--store", folder_.file("none.db")}).exit_code, 1);
}

TEST_F(Weekly, TheHoldoutIsShownBesideThePhaseInForce) {
  import({});
  import({200, 20, 20, 1, 1, 100}, "2026-04-", 11, {"--phase", "holdout"});
  const RunResult run =
      run_program({"evaluate", file_, "--store", store_, "--as-of", "2026-06-02", "--phase", "holdout", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("not tested"));
  std::map<std::string, std::int64_t> units;
  const Json rows = json_of(run.out);
  for (const Json& row : rows.as_array()) {
    if (row.find("metric")->as_string() == "paid")
      units[row.find("group")->as_string() + " " + row.find("variant")->as_string()] = row.find("units")->as_integer();
  }
  EXPECT_EQ(units, (std::map<std::string, std::int64_t>{
                       {"holdout control", 100}, {"pilot control", 3000}, {"pilot kind", 3000}}));
}

TEST_F(Weekly, AnOverrideIsSeenForEver) {
  import({});
  ASSERT_EQ(review("2026-05-18").exit_code, 0);
  const std::vector<std::string> words = {"--decision", "stop", "--by", "Wang Wei", "--reason", kReason};
  std::vector<std::string> dry = words;
  dry.push_back("--dry-run");
  EXPECT_THAT(run("override", dry).out, HasSubstr("would override review 1"));
  EXPECT_EQ(entries(), 1);
  EXPECT_EQ(run("override", {"--decision", "stop", "--by", "Wang Wei", "--reason", "so"}).exit_code, 2);
  EXPECT_EQ(run("override", {"--decision", "continue", "--by", "Wang Wei", "--reason", kReason}).exit_code, 1);
  ASSERT_EQ(run("override", words).exit_code, 0);
  for (const char* as_of : {"2026-05-21", "2026-06-02"}) {
    const Json card = json_of(run_program({"evaluate", file_, "--store", store_, "--as-of", as_of, "--json"}).out);
    ASSERT_EQ(card.find("overrides")->as_array().size(), 1u) << as_of;
    EXPECT_EQ(card.find("overrides")->as_array()[0].find("reason")->as_string(), kReason);
  }
  EXPECT_EQ(json_of(gate("2026-06-02").out).find("overrides")->as_array().size(), 1u);
}

class FixedNow final : public Clock {
 public:
  [[nodiscard]] TimeMs now_ms() const noexcept override { return parse_time("2026-06-20T12:00:00Z").value(); }
};

class WeeklySender : public Weekly {
 protected:
  std::map<std::string, int> reasons(Sender& sender) const {
    std::map<std::string, int> counts;
    for (int unit = 0; unit < 1000; ++unit) {
      const std::string id = "new-" + std::to_string(unit);
      Subject subject;
      subject.unit = id;
      const Decision decision = sender.decide("late-fee", subject, clock_.now_ms());
      ++counts[std::string(decision.reason) + " " + std::string(decision.variant)];
    }
    return counts;
  }
  const FixedNow clock_;
};

/// The pilot of weekly_experiment(), moved so that its second look was six hours ago.
class EarlyWinner : public Weekly {
 protected:
  void SetUp() override {
    start_ = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
                 .count() -
             14 * kMillisecondsPerDay - 6 * kMillisecondsPerHour;
    std::string text = replaced(weekly_experiment(), R"("2026-05-25", "looks": ["2026-05-18", "2026-05-25"])",
                                "\"" + at(28) + "\", \"looks\": [\"" + at(7) + "\", \"" + at(14) + "\"]");
    text = replaced(text, R"("start": "2026-05-11")", "\"start\": \"" + at(0) + "\"");
    folder_.write("experiments/late-fee.json", replaced(text, "\"plan\": {", "\"plan\": {\"minimum_days\": 7, "));
    std::string exposures = "unit,variant,at\n", outcomes = "unit,kind,at\n";
    for (int unit = 0; unit < 12000; ++unit) {
      const bool kind = unit % 2 == 1;
      const double day = 0.1 + unit / 2 % 13;
      exposures += "U-" + std::to_string(unit) + (kind ? ",kind," : ",control,") + at(day) + "\n";
      if (unit / 26 % 10 < (kind ? 4 : 2))
        outcomes += "U-" + std::to_string(unit) + ",converted," + at(day + 0.1) + "\n";
      if (unit / 26 % 100 == 99) outcomes += "U-" + std::to_string(unit) + ",complaint," + at(day + 0.2) + "\n";
    }
    const RunResult run =
        run_program({"import", "--experiment", file_, "--store", store_, "--exposures",
                     folder_.write("in/e.csv", exposures), "--outcomes", folder_.write("in/o.csv", outcomes)});
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  std::string at(double days) const {
    return format_time(start_ + static_cast<TimeMs>(days * static_cast<double>(kMillisecondsPerDay)));
  }
  TimeMs start_ = 0;
};

TEST_F(EarlyWinner, TheGuidesPathPromotesAtAnEarlyLook) {
  const std::vector<std::string> by = {"--store", store_, "--variant", "kind", "--by", "Wang Wei"};
  std::vector<std::string> dry = by, yes = by;
  dry.push_back("--dry-run");
  yes.push_back("--yes");
  const RunResult looked = run("review", {"--store", store_, "--by", "Wang Wei", "--dry-run", "--json"});
  ASSERT_EQ(looked.exit_code, 0) << looked.err;
  EXPECT_EQ(json_of(looked.out).find("look")->as_integer(), 2);
  EXPECT_EQ(json_of(looked.out).find("scorecard")->find("look")->as_integer(), 0);  // seen as an extra look only
  EXPECT_EQ(run("gate", {"--store", store_}).exit_code, 10);
  const RunResult reviewed = run("review", {"--store", store_, "--by", "Wang Wei", "--json"});
  ASSERT_EQ(reviewed.exit_code, 0) << reviewed.err;
  const Json taken = json_of(reviewed.out);
  EXPECT_EQ(taken.find("look")->as_integer(), 2);
  ASSERT_EQ(taken.find("scorecard")->find("recommendation")->find("action")->as_string(), "promote");
  EXPECT_THAT(run("promote", dry).err, HasSubstr("the role compliance has not approved"));
  for (const char* name : {"Zhao Min", "Sun Jie"})
    ASSERT_EQ(run("approve", {"--variant", "kind", "--role", "compliance", "--by", name}).exit_code, 0);
  // By now it is an extra look, which by itself recommends to continue; the review stands.
  EXPECT_EQ(run("gate", {"--store", store_}).exit_code, 0);
  EXPECT_EQ(run("promote", dry).exit_code, 0);
  std::vector<std::string> then = dry;
  then.insert(then.end(), {"--as-of", at(10)});
  EXPECT_THAT(run("promote", then).err, HasSubstr("leave --as-of out"));
  const RunResult promoted = run("promote", yes);
  ASSERT_EQ(promoted.exit_code, 0) << promoted.err;
  EXPECT_THAT(promoted.out, HasSubstr("promoted (step 1 of 2)"));
}

TEST_F(Weekly, ADemotionCanGoBackToAnEarlierWinner) {
  import({});
  folder_.write("experiments/late-fee.json",
                replaced(weekly_experiment(), R"({"key": "kind")", R"({"key": "calm", "text": "{amount} is due."},
    {"key": "kind")"));
  const Experiment experiment = *read_experiment(file_)->experiment;
  for (const char* variant : {"calm", "kind"}) {
    LedgerEntry entry;
    entry.at = parse_time("2026-06-01T00:00:00Z").value();
    entry.by = "Wang Wei";
    entry.action = LedgerAction::kPromote;
    entry.experiment = experiment.key;
    entry.fingerprint = fingerprint(experiment);
    entry.body = Json::object().set("variant", variant).set("holdback", 0.2);
    ASSERT_TRUE(Ledger::append(Ledger::path_of(folder_.file("experiments"), "late-fee"), entry));
  }
  const std::vector<std::string> words = {"--by", "Zhao Min", "--reason", "complaints rose", "--to", "calm"};
  const RunResult demoted = run("demote", words);
  ASSERT_EQ(demoted.exit_code, 0) << demoted.err;
  EXPECT_THAT(demoted.out, HasSubstr("everyone but the holdback gets calm again"));
  const Json shown = json_of(run_program({"ledger", "show", file_, "--json"}).out);
  EXPECT_EQ(shown.find("state")->as_string(), "promoted");
  EXPECT_EQ(shown.find("variant")->as_string(), "calm");
}

TEST_F(WeeklySender, SendersObeyEachStepAtTheirNextReload) {
  folder_.write("experiments/late-fee.json",
                replaced(weekly_experiment(), R"("holdback": 0.2)", R"("rollout": [0.1], "holdback": 0.2)"));
  import({});
  auto opened = Sender::open(folder_.file("experiments"), folder_.file("journals"),
                             Pseudonymizer::from_key({}, "reminders").value(), clock_);
  ASSERT_TRUE(opened) << describe(opened.error());
  Sender& sender = **opened;
  EXPECT_EQ(reasons(sender).count("promoted kind"), 0u);
  ASSERT_EQ(review("2026-06-02").exit_code, 0);
  for (const char* by : {"赵敏", "孙杰"})
    ASSERT_EQ(run("approve", {"--variant", "kind", "--role", "compliance", "--by", by}).exit_code, 0);
  const RunResult promoted = run("promote", {"--store", store_, "--variant", "kind", "--by", "Wang Wei", "--yes"});
  ASSERT_EQ(promoted.exit_code, 0) << promoted.err;
  EXPECT_THAT(promoted.out, AllOf(HasSubstr("step 1 of 3"), HasSubstr("10 % of the customers in scope get kind"),
                                  HasSubstr("to be reviewed again by")));
  EXPECT_EQ(reasons(sender).count("promoted kind"), 0u);  // not before the reload
  ASSERT_TRUE(sender.reload());
  EXPECT_NEAR(reasons(sender)["promoted kind"], 100, 50);
  EXPECT_NEAR(reasons(sender)["holdback control"], 900, 50);
  // Nothing has been seen in the new phase: the next step waits.
  const RunResult early = run("promote", {"--store", store_, "--variant", "kind", "--by", "Wang Wei", "--yes"});
  EXPECT_EQ(early.exit_code, 4) << early.out;
  ASSERT_EQ(run("demote", {"--by", "Zhao Min", "--reason", "complaints", "--dry-run"}).exit_code, 0);
  const RunResult demoted = run("demote", {"--by", "Zhao Min", "--reason", "complaints rose"});
  ASSERT_EQ(demoted.exit_code, 0) << demoted.err;
  ASSERT_TRUE(sender.reload());
  EXPECT_EQ(reasons(sender)["stopped control"], 1000);
  EXPECT_EQ(run("demote", {"--by", "Zhao Min", "--reason", "again"}).exit_code, 1);
}

TEST_F(Weekly, AfterAPromotionThePhaseIsReviewedByItself) {
  import({});
  const Experiment experiment = *read_experiment(file_)->experiment;
  LedgerEntry entry;
  entry.at = parse_time("2026-06-01T00:00:00Z").value();
  entry.by = "Wang Wei";
  entry.action = LedgerAction::kPromote;
  entry.experiment = experiment.key;
  entry.fingerprint = fingerprint(experiment);
  entry.body = Json::object().set("variant", "kind").set("holdback", 0.5);
  ASSERT_TRUE(Ledger::append(Ledger::path_of(folder_.file("experiments"), "late-fee"), entry));
  import({2800, 20, 30, 1, 1, 0}, "2026-06-", 2, {"--phase", "rollout-1"});
  const RunResult reviewed = review("2026-06-29", {"--json"});
  ASSERT_EQ(reviewed.exit_code, 0) << reviewed.err;
  const Json card = *json_of(reviewed.out).find("scorecard");
  EXPECT_EQ(card.find("phase")->as_string(), "rollout-1");
  EXPECT_EQ(card.find("look")->as_integer(), 1);
  EXPECT_EQ(card.find("arms")->as_array()[0].find("units")->as_integer(), 1400);  // none of the pilot's
  EXPECT_EQ(card.find("looks")->as_array().size(), 7u);
  EXPECT_EQ(run_program({"ledger", "verify", file_}).exit_code, 0);
  // The pilot can still be looked at, and has its own looks.
  const Json pilot =
      json_of(run_program({"evaluate", file_, "--store", store_, "--as-of", "2026-05-31", "--json"}).out);
  EXPECT_EQ(pilot.find("phase")->as_string(), "pilot");
  EXPECT_EQ(pilot.find("arms")->as_array()[0].find("units")->as_integer(), 3000);
  const RunResult gated = gate("2026-06-29");
  EXPECT_EQ(json_of(gated.out).find("phase")->as_string(), "rollout-1");
}

}  // namespace
}  // namespace tactful::test
