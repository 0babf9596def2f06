#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>

#include "made_tally.hpp"
#include "support/packed.hpp"
#include "support/public_data.hpp"
#include "support/temp_dir.hpp"
#include "tactful/core/file.hpp"
#include "tactful/stats/two_proportions.hpp"
#include "tactful/store/csv.hpp"
#include "tactful/store/import.hpp"
#include "tactful/tally/tally_events.hpp"

// Real experiments through import, tally and scorecard, against numbers published with them or computed by other
// programs. Skipped where the optional folder of public data sets is absent.
namespace tactful {
namespace {

using test::find_check;
using test::find_result;
using testing::HasSubstr;

double two_sided(double one_sided) { return 2.0 * std::min(one_sided, 1.0 - one_sided); }

class PublicData : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::public_data("data")) GTEST_SKIP() << "the optional folder of public data sets is absent";
    auto store = Store::open(folder / "store.db", Store::Mode::kCreate);
    ASSERT_TRUE(store) << describe(store.error());
    store_ = std::move(*store);
    std::array<unsigned char, 32> key{};
    key[0] = 7;
    pseudonymizer.emplace(Pseudonymizer::from_key(key, "test").value());
    ASSERT_TRUE(store_->bind_key(pseudonymizer->key_id(), pseudonymizer->purpose()));
  }
  void open(const std::string& key) {
    const auto file =
        read_experiment(std::filesystem::path(TACTFUL_SOURCE_DIR) / "tests" / "decision" / "data" / (key + ".json"));
    ASSERT_TRUE(file) << describe(file.error());
    for (const Diagnostic& finding : file->diagnostics)
      ASSERT_NE(finding.severity, Severity::kError) << finding.pointer << ' ' << finding.message;
    experiment = *file->experiment;
  }
  static std::filesystem::path data(const std::string& name) { return *test::public_data("data") / name; }

  void import_table(const std::filesystem::path& file, std::map<std::string, std::string> columns, bool row_is_unit) {
    UnitsImport request;
    request.file = file;
    request.experiment = experiment.key;
    request.csv.columns = std::move(columns);
    for (const Metric& metric : experiment.metrics) request.outcome_kinds.insert(metric.outcome);
    request.segments.emplace();
    request.row_is_unit = row_is_unit;
    const auto summary = import_units(*store_, *pseudonymizer, request);
    ASSERT_TRUE(summary) << describe(summary.error());
  }
  Tally tally() {
    auto result = tally_events(experiment, *store_, {experiment.last_look(), "pilot", 2});
    EXPECT_TRUE(result) << (result ? "" : describe(result.error()));
    return result ? *result : Tally{};
  }
  Scorecard card(const EvaluateOptions& options = {}) {
    const auto result = evaluate(experiment, tally(), options);
    EXPECT_TRUE(result) << (result ? "" : describe(result.error()));
    return result ? *result : Scorecard{};
  }

  test::TempDir folder;
  std::unique_ptr<Store> store_;
  std::optional<Pseudonymizer> pseudonymizer;
  Experiment experiment;
};

const std::map<std::string, std::string> kMailerColumns = {{"variant", "treatment"}, {"cluster", "hh_id"}};
constexpr const char* kMailers = "ggl2008_social_pressure/GerberGreenLarimer_APSR_2008_social_pressure.csv.gz";

TEST_F(PublicData, social_pressure_all_wordings_fit_their_weights_by_household) {
  open("ggl-all");
  // The file calls its randomisation block `cluster`; ours is the household.
  import_table(data(kMailers), kMailerColumns, true);
  const Scorecard scorecard = card();
  EXPECT_EQ(find_check(scorecard, "sample_ratio")->status, CheckStatus::kOk);
  EXPECT_EQ(find_check(scorecard, "cluster_crossovers")->status, CheckStatus::kOk);
  EXPECT_EQ(scorecard.arms[0].units, 191243);
  EXPECT_EQ(scorecard.arms[0].clusters, 99999);
  EXPECT_EQ(scorecard.arms[4].clusters, 20000);
  EXPECT_NEAR(find_result(scorecard, "voted", "Self")->difference->estimate, 0.0485131909632871, 1e-12);
}

TEST_F(PublicData, social_pressure_neighbors_against_control) {
  open("ggl-neighbors");
  import_table(data(kMailers), kMailerColumns, true);
  const MetricResult voted = *find_result(card(), "voted", "Neighbors");
  EXPECT_NEAR(100 * voted.difference->estimate, 8.131, 0.0005);
  EXPECT_NEAR(100 * voted.difference->low, 7.471, 0.002);
  EXPECT_NEAR(100 * voted.difference->high, 8.791, 0.002);
  EXPECT_EQ(voted.verdict, Verdict::kBetter);
}

TEST_F(PublicData, social_pressure_households_keep_a_naive_winner_from_winning) {
  open("ggl-hawthorne");
  import_table(data(kMailers), kMailerColumns, true);
  const Scorecard scorecard = card();
  EXPECT_EQ(find_check(scorecard, "unknown_variant")->status, CheckStatus::kWarn) << "the file has three more wordings";
  const MetricResult& voted = *find_result(scorecard, "voted", "Hawthorne");
  EXPECT_NEAR(two_sided(*voted.p_value), 0.0622, 0.0005);
  EXPECT_EQ(voted.verdict, Verdict::kNoDifferenceShown);
  const auto pair = stats::make_pair_of_counts(12021, 38218, 12316, 38204);
  EXPECT_NEAR(stats::pooled_z_test(*pair)->p.two_sided, 0.0201, 0.0005) << "counted singly it would have won";
}

TEST_F(PublicData, hillstrom_visits_and_conversions) {
  open("hillstrom");
  import_table(data("hillstrom2008_email/hillstrom.csv.gz"), {{"variant", "segment"}}, true);
  const Scorecard scorecard = card();
  EXPECT_EQ(find_check(scorecard, "sample_ratio")->status, CheckStatus::kOk);
  const auto value = [&](const char* metric, const char* variant) {
    return find_result(scorecard, metric, variant)->treatment.value;
  };
  EXPECT_NEAR(value("visit", "Mens E-Mail"), 0.18276, 5e-6);
  EXPECT_NEAR(value("visit", "Womens E-Mail"), 0.15140, 5e-6);
  EXPECT_NEAR(value("conversion", "Mens E-Mail"), 0.01253, 5e-6);
  EXPECT_NEAR(value("conversion", "Womens E-Mail"), 0.00884, 5e-6);
  EXPECT_NEAR(value("spend", "Mens E-Mail"), 1.4226, 5e-5);
  EXPECT_NEAR(value("spend", "Womens E-Mail"), 1.0772, 5e-5);
  EXPECT_NEAR(find_result(scorecard, "spend", "Mens E-Mail")->control.value, 0.6528, 5e-5);
  EXPECT_NEAR(value("visit", "Mens E-Mail") - value("visit", "Womens E-Mail"), 0.03136, 5e-6);
}

TEST_F(PublicData, landing_page_units_in_both_arms_and_wrong_pages_are_seen) {
  open("landing-page");
  const auto text = test::unzip_first(*read_file(data("landing_page_ab_data/ab_data.csv.zip")));
  std::ofstream(folder / "ab_data.csv", std::ios::binary) << text;
  EventsImport request;
  request.exposures = request.outcomes = folder / "ab_data.csv";
  request.experiment = experiment.key;
  request.exposures_csv.columns = {
      {"unit", "user_id"}, {"variant", "group"}, {"at", "timestamp"}, {"delivered", "landing_page"}};
  request.outcomes_csv.columns = {{"unit", "user_id"}, {"at", "timestamp"}, {"value", "converted"}};
  request.exposures_csv.assumed_zone = request.outcomes_csv.assumed_zone = UtcOffset{};
  request.delivered = {{"old_page", "control"}, {"new_page", "treatment"}};
  request.outcome_kind = "converted";
  request.skip_zero_outcomes = true;
  request.segments.emplace();
  const auto summary = import_events(*store_, *pseudonymizer, request, experiment.last_look());
  ASSERT_TRUE(summary) << describe(summary.error());

  const Scorecard scorecard = card();
  EXPECT_EQ(scorecard.recommendation.action, Action::kInvalid);
  EXPECT_EQ(find_check(scorecard, "sample_ratio")->status, CheckStatus::kOk) << "the sample ratio alone shows nothing";
  const Check& crossovers = *find_check(scorecard, "crossovers");
  EXPECT_EQ(crossovers.status, CheckStatus::kFail);
  EXPECT_THAT(crossovers.detail, HasSubstr("1,895 units of 290,584"));
  const Check& delivered = *find_check(scorecard, "delivered_variant");
  EXPECT_EQ(delivered.status, CheckStatus::kWarn);
  EXPECT_THAT(delivered.detail, HasSubstr("3,893 of 294,478"));
  EXPECT_FALSE(find_result(scorecard, "converted", "treatment")->difference);

  const Scorecard waived = card({{"crossovers"}, ""});
  const MetricResult& converted = *find_result(waived, "converted", "treatment");
  // The file's own analysis takes the conversion of each user's first row; so does a window of a minute.
  EXPECT_NEAR(two_sided(*converted.p_value), 0.1876, 0.0005);
  EXPECT_EQ(converted.verdict, Verdict::kNoDifferenceShown);
  ASSERT_FALSE(waived.sensitivity.empty());
  EXPECT_EQ(waived.sensitivity[0].control.units + waived.sensitivity[0].treatment.units, 290584 - 1895);
}

TEST_F(PublicData, cookie_cats_borderline_sample_ratio_is_no_alarm) {
  open("cookie-cats");
  import_table(data("cookie_cats/cookie_cats.csv.gz"), {{"unit", "userid"}, {"variant", "version"}}, false);
  const Scorecard scorecard = card();
  EXPECT_NEAR(*find_check(scorecard, "sample_ratio")->p_value, 0.0086, 5e-5);
  EXPECT_EQ(find_check(scorecard, "sample_ratio")->status, CheckStatus::kOk);
  EXPECT_NEAR(100 * find_result(scorecard, "retention_7", "gate_40")->difference->estimate, -0.820, 5e-4);
  EXPECT_EQ(find_result(scorecard, "retention_7", "gate_40")->verdict, Verdict::kWorse);
  EXPECT_NE(scorecard.recommendation.action, Action::kPromote);
}

TEST_F(PublicData, reminders_that_were_not_randomised_are_refused) {
  open("no-show");
  const auto text = test::unzip_first(*read_file(data("noshow_brazil_2016/KaggleV2-May-2016.zip")));
  std::ofstream(folder / "noshow.csv", std::ios::binary) << text;
  import_table(folder / "noshow.csv", {{"unit", "AppointmentID"}, {"variant", "SMS_received"}, {"missed", "No-show"}},
               false);
  const auto refused = evaluate(experiment, tally());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidExperiment);
  EXPECT_THAT(refused.error().hint, HasSubstr("no experiment"));
  const auto claimed = evaluate(experiment, tally(), {{}, "somebody claims that a lot was drawn"});
  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed->recommendation.action, Action::kInvalid) << "two thirds got none: no equal draw";
}

/// Test ids begin with the hexadecimal time of their creation.
TEST(PublicHeadlines, sample_ratio_finds_the_faulty_period) {
  const auto file = test::public_data("data/upworthy_exploratory/upworthy_packages_dev.csv.gz");
  if (!file) GTEST_SKIP() << "the optional folder of public data sets is absent";
  const auto reader = CsvReader::open(*file, Encoding::kUtf8);
  ASSERT_TRUE(reader) << describe(reader.error());
  const auto column = [&](std::string_view name) {
    return static_cast<std::size_t>(std::find((*reader)->header().begin(), (*reader)->header().end(), name) -
                                    (*reader)->header().begin());
  };
  const std::size_t id = column("clickability_test_id"), impressions = column("impressions"), clicks = column("clicks");
  std::map<std::string, std::vector<test::MadeArm>> tests;
  while (true) {
    const auto row = (*reader)->next();
    ASSERT_TRUE(row) << describe(row.error());
    if (row->empty()) break;
    tests[std::string((*row)[id])].push_back(
        {std::stoll(std::string((*row)[impressions])), {std::stoll(std::string((*row)[clicks])), 0}});
  }
  int inside = 0, inside_flagged = 0, after = 0, after_flagged = 0;
  const TimeMs begin = *parse_time("2013-06-25"), end = *parse_time("2014-01-11");
  for (const auto& [key, arms] : tests) {
    if (arms.size() < 2) continue;
    const Experiment experiment = test::make_experiment(arms.size() - 1);
    Tally tally = test::make_tally(experiment, arms);
    tally.source = TallySource::kCounts;
    const auto card = evaluate(experiment, tally, {{}, "by impression, as the archive says"});
    ASSERT_TRUE(card) << describe(card.error());
    const bool flagged = find_check(*card, "sample_ratio")->status == CheckStatus::kFail;
    const TimeMs created = std::stoll(key.substr(0, 8), nullptr, 16) * kMillisecondsPerSecond;
    if (created >= begin && created < end) {
      ++inside;
      inside_flagged += flagged ? 1 : 0;
    } else if (created >= end) {
      ++after;
      after_flagged += flagged ? 1 : 0;
    }
  }
  ASSERT_GT(inside, 400);
  ASSERT_GT(after, 1500);
  EXPECT_NEAR(static_cast<double>(inside_flagged) / inside, 0.70, 0.03);
  EXPECT_LT(static_cast<double>(after_flagged) / after, 0.005);
}

}  // namespace
}  // namespace tactful
