#include "tactful/tally/counts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/packed.hpp"
#include "support/temp_dir.hpp"

namespace tactful {
namespace {

using testing::HasSubstr;

class Counts : public testing::Test {
 protected:
  Result<std::vector<CountsTally>> read(std::string_view text) {
    return read_counts(folder_.write("counts.csv", text));
  }
  Error error(std::string_view text) {
    auto result = read(text);
    EXPECT_FALSE(result) << text;
    return result ? Error{} : result.error();
  }
  test::TempDir folder_;
};

TEST_F(Counts, reads_experiments_in_the_order_of_the_file) {
  const auto tallies = read(
      "\xEF\xBB\xBF# where it comes from, with a \"quote\"\nexperiment,metric,variant,n,successes,weight,role\r\n"
      "mail,visit,\"No, thanks\",100,10,2,success\n"
      "mail,visit,Letter,50,9,1,success\n# in between\n\n"
      "mail,complaint,\"No, thanks\",100,3,2,guardrail\nmail,complaint,Letter,50,2,1,guardrail\n"
      "other,visit,a,7,0,,\nother,visit,b,8,8,,\n");
  ASSERT_TRUE(tallies) << describe(tallies.error());
  ASSERT_EQ(tallies->size(), 2u);
  const Experiment& mail = (*tallies)[0].experiment;
  EXPECT_EQ(mail.variants[0].key, "No, thanks");
  EXPECT_EQ(mail.variants[0].weight, 2);
  EXPECT_EQ(mail.metrics[1].role, Role::kGuardrail);
  EXPECT_EQ(mail.metrics[1].direction, Direction::kDecrease);
  EXPECT_EQ(mail.metrics[1].margin, (Margin{Margin::Kind::kRatio, 1.5}));
  EXPECT_THAT(mail.randomisation, HasSubstr("2:1"));
  const Tally& tally = (*tallies)[0].tally;
  EXPECT_EQ(tally.source, TallySource::kCounts);
  EXPECT_EQ(tally.margins[0].arms[1].units, 50);
  EXPECT_EQ(tally.margins[0].arms[1].metrics[0].mature.sum.value(), 9);
  EXPECT_EQ((*tallies)[1].experiment.metrics[0].role, Role::kSuccess);
  EXPECT_THAT((*tallies)[1].experiment.randomisation, HasSubstr("equal weights assumed"));
}

TEST_F(Counts, takes_an_own_direction) {
  const auto tallies = read(
      "experiment,metric,variant,n,successes,role,direction\n"
      "x,kept,a,10,5,guardrail,increase\nx,kept,b,10,5,guardrail,increase\n");
  ASSERT_TRUE(tallies);
  EXPECT_EQ((*tallies)[0].experiment.metrics[0].direction, Direction::kIncrease);
  EXPECT_LT((*tallies)[0].experiment.metrics[0].margin->value, 1.0);
}

TEST_F(Counts, reads_archives_and_chinese_exports) {
  const std::string head = "experiment,metric,variant,n,successes\n";
  const auto packed = read(test::gzip("# packed\n" + head + "x,visit,a,10,5\nx,visit,b,10,5\n"));
  ASSERT_TRUE(packed) << describe(packed.error());
  EXPECT_EQ(packed->front().tally.margins[0].arms[1].units, 10);

  const std::string chinese = head + "x,visit,\xB6\xD4\xD5\xD5,10,5\nx,visit,b,10,5\n";
  folder_.write("counts.csv", chinese);
  const auto read_as = [&](Encoding encoding) { return read_counts(folder_ / "counts.csv", encoding); };
  ASSERT_TRUE(read_as(Encoding::kGb18030));
  EXPECT_EQ(read_as(Encoding::kGb18030)->front().experiment.variants[0].key, "对照");
  EXPECT_THAT(read_as(Encoding::kUtf8).error().hint, HasSubstr("gb18030"));
}

TEST_F(Counts, names_line_and_column_of_a_mistake) {
  const std::string head = "experiment,metric,variant,n,successes,weight,role\n";
  const auto where = [&](const std::string& rows) { return error(head + rows).where; };
  const std::string first = "x,visit,a,10,5,1,success\n";
  EXPECT_THAT(where("x,visit,a,10,11,1,success\n"), HasSubstr("counts.csv:2:successes"));
  EXPECT_THAT(error("# a comment\n" + head + "#\nx,visit,a,10,11,1,success\n").where,
              HasSubstr("counts.csv:4:successes"));
  EXPECT_THAT(where("x,visit,a,0,0,1,success\n"), HasSubstr("counts.csv:2:n"));
  EXPECT_THAT(where("x,visit,a,-3,0,1,success\n"), HasSubstr(":2:n"));
  EXPECT_THAT(where("x,visit,a,1e3,0,1,success\n"), HasSubstr(":2:n"));
  EXPECT_THAT(where("x,visit,a,10,5,1.5,success\n"), HasSubstr(":2:weight"));
  EXPECT_THAT(where("x,visit,a,10,5,1,sucess\n"), HasSubstr(":2:role"));
  EXPECT_THAT(where("X Y,visit,a,10,5,1,success\n"), HasSubstr(":2:experiment"));
  EXPECT_THAT(where(first + "x,visit,a,10,5,1,success\n"), HasSubstr(":3:variant"));
  EXPECT_THAT(where(first + "x,other,a,11,5,1,success\n"), HasSubstr(":3:n"));
  EXPECT_THAT(where(first + "x,other,a,10,5,2,success\n"), HasSubstr(":3:weight"));
  EXPECT_THAT(where(first + "x,visit,b,10,5,1,guardrail\n"), HasSubstr(":3:role"));
  EXPECT_THAT(where(first + "x,visit,b,10\n"), HasSubstr(":3:successes"));
  EXPECT_THAT(where(first + "x,visit,\"b,10,5,1,success\n"), HasSubstr(":3:"));
}

TEST_F(Counts, refuses_files_that_say_nothing) {
  EXPECT_EQ(error("").code, ErrorCode::kInvalidInput);
  EXPECT_EQ(error("experiment,metric,variant,n,successes\n").code, ErrorCode::kInvalidInput);
  EXPECT_THAT(error("experiment,metric,variant,n\nx,v,a,1\n").message, HasSubstr("missing"));
  EXPECT_THAT(error("experiment,metric,variant,n,successes,colour\n").message, HasSubstr("colour"));
  EXPECT_THAT(error("experiment,metric,variant,n,successes\nx,v,a,10,1\n").message, HasSubstr("only one variant"));
  EXPECT_THAT(error("experiment,metric,variant,n,successes\nx,v,a,10,1\nx,v,b,10,1\nx,w,b,10,1\n").message,
              HasSubstr("no row for metric w"));
  EXPECT_EQ(error("experiment,metric,variant,n,successes\nx,v,\xFF,10,1\n").code, ErrorCode::kInvalidInput);
  EXPECT_EQ(read_counts(folder_ / "absent.csv").error().code, ErrorCode::kNotFound);
}

constexpr const char* kShop =
    "experiment,metric,variant,n,successes\nshop,paid,control,100,10\nshop,paid,kind,90,12\n"
    "shop,complaint,control,100,1\nshop,complaint,kind,90,2\n";

Experiment shop() {
  Experiment experiment;
  experiment.key = "shop";
  experiment.scope = Json::object();
  for (const char* key : {"control", "kind"}) {
    Variant variant;
    variant.key = key;
    experiment.variants.push_back(variant);
  }
  for (const char* key : {"nps", "complaint", "paid"}) {
    Metric metric;
    metric.key = metric.outcome = key;
    experiment.metrics.push_back(metric);
  }
  return experiment;
}

TEST_F(Counts, become_the_tally_of_a_declared_experiment) {
  const auto counts = read(kShop);
  ASSERT_TRUE(counts);
  const auto tally = tally_of_counts(shop(), counts->front(), 77);
  ASSERT_TRUE(tally) << describe(tally.error());
  EXPECT_EQ(tally->source, TallySource::kCounts);
  EXPECT_EQ(tally->as_of, 77);
  EXPECT_EQ(tally->unavailable, std::vector<std::string>{"nps"});
  EXPECT_EQ(tally->margins[0].arms[1].units, 90);
  EXPECT_EQ(tally->margins[0].arms[1].metrics[1].first_events, 2) << "complaint, in the experiment's order";
  EXPECT_EQ(tally->margins[0].arms[1].metrics[2].first_events, 12);
}

TEST_F(Counts, have_a_fingerprint_that_knows_no_order) {
  const auto print = [&](std::string_view text) {
    const auto counts = read(text);
    EXPECT_TRUE(counts);
    return tally_of_counts(shop(), counts->front(), 1)->data_fingerprint;
  };
  const std::string one = print(kShop);
  EXPECT_EQ(one, print("experiment,metric,variant,n,successes\nshop,complaint,control,100,1\nshop,complaint,kind,90,2\n"
                       "shop,paid,control,100,10\nshop,paid,kind,90,12\n"));
  EXPECT_NE(one, print("experiment,metric,variant,n,successes\nshop,complaint,control,100,1\nshop,complaint,kind,90,2\n"
                       "shop,paid,control,100,10\nshop,paid,kind,90,13\n"));
}

TEST_F(Counts, that_do_not_fit_the_experiment_are_refused) {
  const auto counts = read(kShop);
  ASSERT_TRUE(counts);
  Experiment other = shop();
  other.variants[1].key = "nice";
  EXPECT_THAT(tally_of_counts(other, counts->front(), 1).error().message, HasSubstr("\"kind\""));
  other = shop();
  other.variants.push_back(other.variants[1]);
  other.variants[2].key = "third";
  EXPECT_THAT(tally_of_counts(other, counts->front(), 1).error().message, HasSubstr("lack the variant \"third\""));
  other = shop();
  other.metrics[1].aggregation = Aggregation::kSum;
  EXPECT_THAT(tally_of_counts(other, counts->front(), 1).error().message, HasSubstr("is no rate"));
  other = shop();
  other.cluster = "team";
  EXPECT_EQ(tally_of_counts(other, counts->front(), 1).error().code, ErrorCode::kInsufficientData);
}

}  // namespace
}  // namespace tactful
