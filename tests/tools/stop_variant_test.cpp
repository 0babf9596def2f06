// One wording of three is stopped through the program, and the two others go on.
#include <gmock/gmock.h>

#include "run_program.hpp"

namespace tactful::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string three_wordings() {
  std::string text = replaced(small_experiment(), R"("owner": "Li Na",)",
                              R"("owner": "Li Na", "randomisation": "dice by the mailing tool",)");
  text = replaced(text, R"("enrolment_end": "2026-05-25",)",
                  R"("enrolment_end": "2026-05-25", "looks": ["2026-05-18", "2026-05-25"],)");
  return replaced(text, R"(    {"key": "kind",)", R"(    {"key": "firm", "text": "{name}: pay {amount} now."},
    {"key": "kind",)");
}

class StopVariant : public ::testing::Test {
 protected:
  /// 3,000 customers an arm over two weeks; of firm's 12 in 100 complain, of the others' one.
  void import() const {
    std::string exposures = "unit,variant,at\n", outcomes = "unit,kind,at\n";
    for (int unit = 0; unit < 9000; ++unit) {
      const char* variant = unit % 3 == 0 ? "control" : unit % 3 == 1 ? "firm" : "kind";
      const int draw = unit / 3 % 100;
      const std::string id = "C-" + std::to_string(unit);
      const std::string at = "2026-05-" + std::to_string(11 + unit / 300 % 14);
      exposures += id + "," + variant + "," + at + "T10:00:00Z\n";
      if (draw < 20) outcomes += id + ",converted," + at + "T12:00:00Z\n";
      if (99 - draw < (unit % 3 == 1 ? 12 : 1)) outcomes += id + ",complaint," + at + "T13:00:00Z\n";
    }
    const RunResult run =
        run_program({"import", "--experiment", file_, "--store", store_, "--exposures",
                     folder_.write("in/e.csv", exposures), "--outcomes", folder_.write("in/o.csv", outcomes)});
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  RunResult on_store(const std::string& command, const std::string& as_of, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {command, file_, "--store", store_, "--as-of", as_of});
    return run_program(more);
  }
  RunResult on_store_today(const std::string& command, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {command, file_, "--store", store_});
    return run_program(more);
  }
  RunResult stop(const std::string& variant, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"stop", file_, "--variant", variant, "--by", "Li Na", "--reason", "complaints"});
    return run_program(more);
  }
  /// The line of a customer: unit, variant, reason, enrolled, bucket.
  std::string assigned(const std::string& unit) const {
    const std::string out = run_program({"assign", file_, unit, "--at", "2026-05-20"}).out;
    const std::size_t at = out.find(unit + ",");
    return at == std::string::npos ? out : out.substr(at, out.find('\n', at) - at);
  }
  std::string unit_of(const std::string& variant) const {
    for (int i = 0; i < 60; ++i) {
      const std::string unit = "N-" + std::to_string(i);
      if (assigned(unit).find("," + variant + ",assigned") != std::string::npos) return unit;
    }
    ADD_FAILURE() << "no customer draws " << variant;
    return "";
  }

  const TempFolder folder_;
  const std::string file_ = folder_.write("experiments/late-fee.json", three_wordings());
  const std::string store_ = folder_.file("pilot.db");
};

TEST_F(StopVariant, TheGateNamesItAndAfterItsStopSpeaksOfTheOthers) {
  import();
  const RunResult harm = on_store("gate", "2026-05-25", {"--json"});
  EXPECT_EQ(harm.exit_code, 11) << harm.out << harm.err;
  const Json before = json_of(harm.out);
  EXPECT_EQ(before.find("variant")->as_string(), "firm");
  EXPECT_EQ(before.find("continuing")->dump(), R"(["kind"])");
  EXPECT_THAT(harm.out, HasSubstr("tactful stop late-fee.json --variant firm"));
  ASSERT_EQ(on_store("review", "2026-05-18", {"--by", "Wang Wei"}).exit_code, 0);

  const RunResult stopped = stop("firm");
  ASSERT_EQ(stopped.exit_code, 0) << stopped.err;
  EXPECT_THAT(stopped.out, AllOf(HasSubstr("firm is stopped"), HasSubstr("kind and control go on")));
  EXPECT_EQ(on_store("gate", "2026-05-27").exit_code, 11) << "before the stop, which is of today, firm harmed";
  const RunResult after = on_store_today("gate", {"--json"});
  EXPECT_EQ(after.exit_code, 13) << after.out << after.err;
  EXPECT_THAT(after.out, Not(HasSubstr("firm"))) << "the others end as they end";
  const RunResult card = on_store_today("evaluate", {"--json"});
  EXPECT_THAT(card.out, HasSubstr("firm was stopped by itself on")) << card.err;
  const RunResult review = on_store_today("review", {"--by", "Wang Wei"});
  ASSERT_EQ(review.exit_code, 0) << review.err;
  const RunResult verified = run_program({"ledger", "verify", file_});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_THAT(verified.out, AllOf(HasSubstr("2 reviews reproduced"), HasSubstr("state pilot, phase pilot"),
                                  HasSubstr("firm stopped by itself on")));
}

TEST_F(StopVariant, OnlyItsOwnCustomersAreAssignedAnew) {
  const std::string firm = unit_of("firm"), kind = unit_of("kind"), control = unit_of("control");
  const std::string kept = assigned(kind), held = assigned(control);
  ASSERT_EQ(stop("firm").exit_code, 0);
  EXPECT_THAT(assigned(firm), StartsWith(firm + ",control,variant_stopped,false,"));
  EXPECT_EQ(assigned(kind), kept);
  EXPECT_EQ(assigned(control), held);
  const RunResult why = run_program({"explain", file_, firm, "--at", "2026-05-20"});
  EXPECT_THAT(why.out, AllOf(HasSubstr("variant_stopped: decides"), HasSubstr("\"firm\" was stopped by itself at")));
}

TEST_F(StopVariant, SaysWhatWouldHappenAndWhatCannotBeStopped) {
  const RunResult dry = stop("firm", {"--dry-run", "--json"});
  ASSERT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_EQ(json_of(dry.out).find("continuing")->dump(), R"(["kind"])");
  EXPECT_THAT(stop("firm", {"--dry-run", "--lang", "zh"}).out, HasSubstr("什么都没有改变"));
  EXPECT_EQ(json_of(run_program({"ledger", "show", file_, "--json"}).out).find("entries")->as_integer(), 0);
  EXPECT_THAT(stop("frim").err, HasSubstr("did you mean firm?"));
  const RunResult control = stop("control");
  EXPECT_EQ(control.exit_code, 1);
  EXPECT_THAT(control.err,
              AllOf(HasSubstr("is control and cannot be stopped by itself"), HasSubstr("name no variant")));
  ASSERT_EQ(stop("firm", {"--lang", "zh"}).exit_code, 0);
  EXPECT_THAT(stop("firm").err, HasSubstr("firm was stopped by itself on"));
  EXPECT_THAT(run_program({"approve", file_, "--variant", "firm", "--role", "compliance", "--by", "Zhao Min"}).err,
              HasSubstr("nothing brings it back"));
  const RunResult last = stop("kind");
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_THAT(last.out, HasSubstr("the last wording under test: everyone gets control"));
  const Json ledger = json_of(run_program({"ledger", "show", file_, "--json"}).out);
  EXPECT_EQ(ledger.find("state")->as_string(), "stopped");
  EXPECT_EQ(ledger.find("stopped_variants")->as_array().size(), 2u);
  folder_.write("experiments/late-fee.json", "{");
  EXPECT_THAT(stop("firm").err, HasSubstr("leave --variant out"));
}

}  // namespace
}  // namespace tactful::test
