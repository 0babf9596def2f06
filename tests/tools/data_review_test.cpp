// Reviews of what has no dates: counts and tables of units; what evaluate and review say in Chinese; looks that are
// due.
#include <gmock/gmock.h>

#include <filesystem>

#include "run_program.hpp"

namespace tactful::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kHead = "experiment,metric,variant,n,successes\n";

class DataReview : public ::testing::Test {
 protected:
  /// An experiment with these looks before its last; several: weekly.
  std::string experiment(const std::string& looks, const std::string& more = "") const {
    std::string text = replaced(small_experiment(), R"("owner": "Li Na",)",
                                R"("owner": "Li Na", "randomisation": "coin flips by the mailing tool",)");
    text = replaced(text, R"("enrolment_end": "2026-05-25",)",
                    R"("enrolment_end": "2026-05-25", "looks": [)" + looks + "], " + more);
    return folder_.write("experiments/late-fee.json", text);
  }
  std::string counts(int paid_kind) const {
    return folder_.write("counts.csv", std::string(kHead) +
                                           "late-fee,paid,control,5000,1000\nlate-fee,paid,kind,5000," +
                                           std::to_string(paid_kind) +
                                           "\nlate-fee,complaint,control,5000,100\nlate-fee,complaint,kind,5000,95\n");
  }
  static RunResult review(const std::string& file, std::vector<std::string> more) {
    more.insert(more.begin(), {"review", file, "--by", "Wang Wei"});
    return run_program(more);
  }
  static Json scorecard_of(const RunResult& run) { return *json_of(run.out).find("scorecard"); }

  const TempFolder folder_;
  const std::string store_ = folder_.file("pilot.db");
};

TEST_F(DataReview, CountsOfAPlanWithOneLookDecideAndReproduce) {
  const std::string file = experiment("");
  const RunResult before = run_program({"gate", file, "--counts", counts(1300)});
  EXPECT_EQ(before.exit_code, 10);
  EXPECT_THAT(before.out, HasSubstr("a review is due"));
  const RunResult run = review(file, {"--counts", counts(1300), "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(json_of(run.out).find("look")->as_integer(), 1);
  const Json card = scorecard_of(run);
  EXPECT_EQ(card.find("recommendation")->find("action")->as_string(), "promote");
  EXPECT_EQ(card.find("data_fingerprint")->as_string().size(), 32u);
  EXPECT_THAT(card.find("recommendation")->dump(), HasSubstr("counts lack the moments"));
  const RunResult verified = run_program({"review", file, "--verify", "all"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out;
  EXPECT_THAT(verified.out, HasSubstr("reproduced to the last digit"));
  EXPECT_EQ(run_program({"gate", file, "--counts", folder_.file("counts.csv")}).exit_code, 0);

  // The one look is spent: other counts are shown and decide nothing.
  const RunResult again = review(file, {"--counts", counts(1301), "--json"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(json_of(again.out).find("look")->as_integer(), 0);
  EXPECT_EQ(scorecard_of(again).find("recommendation")->find("action")->as_string(), "continue");
  EXPECT_NE(scorecard_of(again).find("data_fingerprint")->as_string(), card.find("data_fingerprint")->as_string());
  EXPECT_EQ(run_program({"gate", file, "--counts", folder_.file("counts.csv")}).exit_code, 10);
  EXPECT_EQ(run_program({"review", file, "--verify", "all"}).exit_code, 0);
  const RunResult shown = run_program({"evaluate", file, "--counts", folder_.file("counts.csv")});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("they have changed since"), HasSubstr("harm is not tested here either"),
                               HasSubstr("nothing is tested, neither for success nor for harm"),
                               Not(HasSubstr("only harm can decide")), Not(HasSubstr("decision from"))));
  const RunResult recount = run_program({"review", file, "--recount", "1", "--store", store_});
  EXPECT_EQ(recount.exit_code, 4);
  EXPECT_THAT(recount.err, HasSubstr("is of counts"));
}

TEST_F(DataReview, AnEditOfTheFileGivesCountsNoOtherLook) {
  const std::string file = experiment("");
  ASSERT_EQ(review(file, {"--counts", counts(1000)}).exit_code, 0);
  experiment("", R"("power": 0.81, )");
  const RunResult again = review(file, {"--counts", counts(1300), "--json"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(json_of(again.out).find("look")->as_integer(), 0);
  EXPECT_EQ(scorecard_of(again).find("recommendation")->find("action")->as_string(), "continue");
  EXPECT_THAT(again.out, HasSubstr("of another version of the experiment"));
  EXPECT_THAT(run_program({"review", file, "--verify", "all"}).out, HasSubstr("reproduced to the last digit"));
  const RunResult chinese = run_program({"gate", file, "--counts", counts(1300), "--lang", "zh"});
  EXPECT_EQ(chinese.exit_code, 10);
  EXPECT_THAT(chinese.out, HasSubstr("当时是实验的另一版本"));
}

TEST_F(DataReview, CountsOfAPlanWithSeveralLooksAreShownOnly) {
  const std::string file = experiment(R"("2026-05-18", "2026-05-25")");
  const RunResult run = review(file, {"--counts", counts(1300)});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("CONTINUE"), HasSubstr("the plan has 3 looks"),
                             HasSubstr("these data have no look left"), HasSubstr("an extra look")));
  EXPECT_THAT(run.out, Not(HasSubstr("PROMOTE")));
}

TEST_F(DataReview, CountsThatDoNotFitTheExperimentAreRefused) {
  const std::string file = experiment("");
  const std::string other =
      folder_.write("other.csv", std::string(kHead) + "late-fee,paid,control,10,1\nlate-fee,paid,nice,10,1\n");
  EXPECT_THAT(review(file, {"--counts", other}).err, HasSubstr("variant \"nice\""));
  const std::string metric =
      folder_.write("m.csv", std::string(kHead) + "late-fee,sold,control,10,1\nlate-fee,sold,kind,10,1\n");
  EXPECT_THAT(review(file, {"--counts", metric}).err, HasSubstr("metric \"sold\""));
  const std::string key =
      folder_.write("k.csv", std::string(kHead) + "early-fee,paid,control,10,1\nearly-fee,paid,kind,10,1\n");
  EXPECT_THAT(review(file, {"--counts", key}).err, HasSubstr("no counts of \"late-fee\""));
  EXPECT_EQ(review(file, {"--counts", key, "--store", store_}).exit_code, 2);
  EXPECT_EQ(review(file, {}).exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(folder_.file("experiments/reviews")));
}

TEST_F(DataReview, ATableThatHasGrownHasNoSecondLook) {
  const std::string file = experiment(R"("2026-05-18", "2026-05-25")");
  std::string rows = "unit,variant,converted,complaint\n";
  for (int unit = 0; unit < 4000; ++unit)
    rows += "C-" + std::to_string(unit) + (unit % 2 == 0 ? ",control," : ",kind,") +
            (unit / 2 % 10 < (unit % 2 == 0 ? 2 : 3) ? "1" : "0") + (unit / 2 % 50 == 49 ? ",1\n" : ",0\n");
  const auto import = [&](const std::string& text) {
    return run_program({"import", "--units", folder_.write("wide.csv", text), "--experiment", file, "--store", store_,
                        "--replace", "--json"});
  };
  ASSERT_EQ(import(rows).exit_code, 0);
  const auto gate = [&] { return run_program({"gate", file, "--store", store_}); };
  const auto promote = [&] {
    return run_program({"promote", file, "--store", store_, "--variant", "kind", "--by", "Wang Wei", "--dry-run"});
  };
  ASSERT_EQ(run_program({"approve", file, "--variant", "kind", "--role", "compliance", "--by", "赵敏"}).exit_code, 0);
  EXPECT_THAT(run_program({"evaluate", file, "--store", store_}).err, HasSubstr("tactful review takes it"));
  EXPECT_EQ(gate().exit_code, 10) << "one look, and a review takes it";
  EXPECT_THAT(promote().err, HasSubstr("a review is due: none of this version"));
  const RunResult first = review(file, {"--store", store_, "--json"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(scorecard_of(first).find("planned_look")->as_bool(), true);
  EXPECT_EQ(json_of(run_program({"evaluate", file, "--store", store_, "--json"}).out).find("planned_look")->as_bool(),
            true)
      << "the same table is the same look";
  EXPECT_EQ(gate().exit_code, 0) << gate().out;
  EXPECT_EQ(promote().exit_code, 0) << promote().err;

  const RunResult grown = import(rows + "C-4000,control,1,0\nC-4001,kind,1,0\n");
  ASSERT_EQ(grown.exit_code, 0) << grown.err;
  EXPECT_EQ(json_of(grown.out).find("added")->as_integer(), 2);
  EXPECT_EQ(json_of(grown.out).find("duplicates")->as_integer(), 4000);
  EXPECT_EQ(json_of(grown.out).find("removed")->as_integer(), 0);
  EXPECT_EQ(gate().exit_code, 10);
  EXPECT_THAT(gate().out, HasSubstr("these are not the data of review 2"));
  EXPECT_THAT(promote().err, HasSubstr("these are not the data of review 2"));
  const RunResult second = review(file, {"--store", store_, "--json"});
  ASSERT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(json_of(second.out).find("look")->as_integer(), 0);
  EXPECT_EQ(scorecard_of(second).find("planned_look")->as_bool(), false);
  EXPECT_THAT(scorecard_of(second).find("recommendation")->dump(), HasSubstr("they have changed since"));
  EXPECT_EQ(run_program({"review", file, "--verify", "all"}).exit_code, 0);
}

TEST_F(DataReview, TheScorecardSpeaksChinese) {
  const std::string file = experiment("");
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{}, std::vector<std::string>{"--format", "md"}}) {
    std::vector<std::string> words = {"--counts", counts(1300), "--lang", "zh"};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<std::string> evaluate = {"evaluate", "--randomised", "抽签"};
    evaluate.insert(evaluate.end(), words.begin(), words.end());
    const RunResult shown = run_program(evaluate);
    ASSERT_EQ(shown.exit_code, 0) << shown.err;
    EXPECT_THAT(shown.out, AllOf(HasSubstr("成功指标"), HasSubstr("计算方法"), Not(HasSubstr("Success"))));
  }
  const RunResult taken = review(file, {"--counts", counts(1300), "--lang", "zh"});
  ASSERT_EQ(taken.exit_code, 0) << taken.err;
  EXPECT_THAT(taken.out, AllOf(HasSubstr("推广“kind”"), HasSubstr("评审 1"), HasSubstr("计数没有曝光和结果的时刻")));
  EXPECT_THAT(run_program({"review", file, "--show", "1", "--lang", "zh"}).out, HasSubstr("计算方法"));
  EXPECT_THAT(run_program({"gate", file, "--counts", folder_.file("counts.csv"), "--lang", "zh"}).out,
              HasSubstr("胜出"));
  EXPECT_EQ(run_program({"evaluate", "--counts", counts(1300), "--lang", "fr"}).exit_code, 2);
}

TEST_F(DataReview, AnEvaluationNearADateSaysThatTheLookIsDue) {
  const std::string file = experiment(R"("2026-05-18")");
  std::string exposures = "unit,variant,at\n", outcomes = "unit,kind,at\n";
  for (int unit = 0; unit < 2000; ++unit) {
    const std::string id = "C-" + std::to_string(unit);
    exposures += id + (unit % 2 == 0 ? ",control," : ",kind,") + "2026-05-11T10:00:00Z\n";
    if (unit / 2 % 4 == 0) outcomes += id + ",converted,2026-05-11T12:00:00Z\n";
  }
  ASSERT_EQ(run_program({"import", "--experiment", file, "--store", store_, "--exposures",
                         folder_.write("e.csv", exposures), "--outcomes", folder_.write("o.csv", outcomes)})
                .exit_code,
            0);
  const auto at = [&](const std::string& as_of) {
    return run_program({"evaluate", file, "--store", store_, "--as-of", as_of});
  };
  EXPECT_THAT(at("2026-05-18").out, HasSubstr("planned look 1 of 2026-05-18 is due"));
  for (const char* near : {"2026-05-18", "2026-05-18T09:30:00+08:00", "2026-05-17T20:00:00+08:00"}) {
    const RunResult run = at(near);
    ASSERT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.out, AllOf(HasSubstr("extra look"), Not(HasSubstr("Repeated p")), Not(HasSubstr("p at most"))));
    EXPECT_THAT(run.err, HasSubstr("planned look 1 is due: tactful review takes it")) << near;
  }
  EXPECT_THAT(at("2026-05-14").err, IsEmpty());
  EXPECT_EQ(json_of(run_program({"gate", file, "--store", store_, "--as-of", "2026-05-18", "--randomised", "coin flips",
                                 "--json"})
                        .out)
                .find("planned_look")
                ->as_bool(),
            false);
  // Once a review has taken the look, it may be seen again.
  ASSERT_EQ(review(file, {"--store", store_, "--as-of", "2026-05-18"}).exit_code, 0);
  const RunResult taken = at("2026-05-18");
  EXPECT_THAT(taken.out, AllOf(HasSubstr("planned look 1 of 2"), Not(HasSubstr("extra look"))));
  EXPECT_THAT(taken.err, IsEmpty());
}

TEST_F(DataReview, MinutesAreEnteredInTheOrderOfTheLooks) {
  const std::string file = experiment(R"("2026-05-18", "2026-05-25")");
  std::string exposures = "unit,variant,at\n";
  for (int unit = 0; unit < 400; ++unit)
    exposures += "C-" + std::to_string(unit) + (unit % 2 == 0 ? ",control," : ",kind,") + "2026-05-11T10:00:00Z\n";
  ASSERT_EQ(
      run_program({"import", "--experiment", file, "--store", store_, "--exposures", folder_.write("e.csv", exposures)})
          .exit_code,
      0);
  const RunResult second = review(file, {"--store", store_, "--as-of", "2026-05-25"});
  EXPECT_EQ(second.exit_code, 1) << second.out;
  EXPECT_THAT(second.err, HasSubstr("it would pass over 1"));
  EXPECT_EQ(review(file, {"--store", store_, "--as-of", "2026-05-18"}).exit_code, 0);
  EXPECT_EQ(review(file, {"--store", store_, "--as-of", "2026-05-25"}).exit_code, 0);
}

}  // namespace
}  // namespace tactful::test
