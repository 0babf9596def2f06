#include "tactful/decision/review_diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tactful {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Json json(const char* text) { return parse_json(text).value(); }

std::vector<std::string> told(const std::vector<ReviewChange>& changes) {
  std::vector<std::string> lines;
  for (const ReviewChange& change : changes) lines.push_back(describe(change));
  return lines;
}

TEST(ReviewDiff, equal_documents_have_no_changes_whatever_the_order_of_members) {
  EXPECT_THAT(changes_between(json(R"({"a":1,"b":[{"x":2.5}]})"), json(R"({"b":[{"x":2.5}],"a":1})")), IsEmpty());
}

TEST(ReviewDiff, names_elements_by_what_they_are_about) {
  const Json before = json(R"({"metrics":[{"metric":"paid","variant":"a","units":1000},
                                          {"metric":"paid","variant":"b","units":5}]})");
  const Json after = json(R"({"metrics":[{"metric":"paid","variant":"b","units":5},
                                         {"metric":"paid","variant":"a","units":1250}]})");
  EXPECT_THAT(told(changes_between(before, after)), ElementsAre("metrics[paid, a].units: 1,000 -> 1,250"));
}

TEST(ReviewDiff, shows_what_only_one_side_has) {
  EXPECT_THAT(told(changes_between(json(R"({"a":1,"l":[1,2]})"), json(R"({"l":[1,2,3],"c":"x"})"))),
              ElementsAre("a: 1 -> none", "l[2]: none -> 3", "c: none -> x"));
  EXPECT_THAT(told(changes_between(json(R"({"l":[1,2,3]})"), json(R"({"l":[1]})"))),
              ElementsAre("l[1]: 2 -> none", "l[2]: 3 -> none"));
}

TEST(ReviewDiff, pairs_twins_one_by_one) {
  const Json before = json(R"([{"check":"c","n":1},{"check":"c","n":2}])");
  const Json after = json(R"([{"check":"c","n":1},{"check":"c","n":3}])");
  EXPECT_THAT(told(changes_between(before, after)), ElementsAre("[c].n: 2 -> 3"));
}

TEST(ReviewDiff, the_last_digit_counts) {
  EXPECT_EQ(changes_between(json("[0.1]"), json("[0.10000000000000002]")).size(), 1u);
  EXPECT_EQ(changes_between(json("[1]"), json("[1.5]")).size(), 1u);
}

TEST(ReviewDiff, tells_the_decision_first_and_leaves_out_what_follows_from_it) {
  const Json before = json(R"({"as_of":"x","checks":[{"check":"held","status":"ok","detail":"a"}],
    "metrics":[{"metric":"paid","variant":"a","verdict":"no_difference_shown","p_value":0.5,
                "control":{"units":10,"value":0.1,"total":1}}],
    "recommendation":{"action":"continue","variant":null}})");
  const Json after = json(R"({"as_of":"y","checks":[{"check":"held","status":"warn","detail":"b"}],
    "metrics":[{"metric":"paid","variant":"a","verdict":"better","p_value":0.01,
                "control":{"units":20,"value":0.2,"total":4}}],
    "recommendation":{"action":"promote","variant":"a"}})");
  EXPECT_THAT(told(telling_changes(before, after)),
              ElementsAre("recommendation.action: continue -> promote", "recommendation.variant: none -> a",
                          "metrics[paid, a].verdict: no_difference_shown -> better", "checks[held].status: ok -> warn",
                          "metrics[paid, a].control.units: 10 -> 20", "metrics[paid, a].control.total: 1 -> 4"));
}

}  // namespace
}  // namespace tactful
