// Whole public data sets, where the optional folder of them lies beside the checkout.
#include "support/public_data.hpp"
#include "import_fixture.hpp"
#include "support/packed.hpp"

namespace tactful {
namespace {

using namespace store_test;

class PublicDataTest : public ImportTest {
 protected:
  void SetUp() override {
    const auto found = test::public_data("data");
    if (!found) GTEST_SKIP() << "no public data";
    data_ = *found;
  }
  std::filesystem::path data_;
  struct Arm {
    std::int64_t rows = 0;
    double sum = 0.0;
    bool operator==(const Arm&) const = default;
  };
  std::map<std::string, Arm> arms(std::string_view kind) {
    std::map<std::string, Arm> arms;
    EXPECT_TRUE(store_->scan_wide(0, store_->code("landing").value(), [&](const WideBlock& block) {
      for (const auto& outcome : block.outcomes) {
        if (outcome.kind != store_->code(kind)) continue;
        for (std::size_t i = 0; i < block.unit.size(); ++i) {
          Arm& arm = arms[std::string(store_->text(block.variant[i]))];
          ++arm.rows;
          arm.sum += outcome.value[i];
        }
      }
    }));
    return arms;
  }
};

TEST_F(PublicDataTest, LandingPage) {
  EventsImport request;
  request.exposures = csv(test::unzip_first(read_bytes(data_ / "landing_page_ab_data" / "ab_data.csv.zip")));
  request.outcomes = request.exposures;
  request.exposures_csv.columns = {
      {"unit", "user_id"}, {"variant", "group"}, {"at", "timestamp"}, {"delivered", "landing_page"}};
  request.outcomes_csv.columns = {{"unit", "user_id"}, {"at", "timestamp"}, {"value", "converted"}};
  request.exposures_csv.assumed_zone = request.outcomes_csv.assumed_zone = UtcOffset();
  request.delivered = {{"old_page", "control"}, {"new_page", "treatment"}};
  request.outcome_kind = "converted";
  request.skip_zero_outcomes = true;
  const auto first = events("", "", request);
  ASSERT_TRUE(first.has_value()) << describe(first.error());
  const auto totals = store_->totals().value();
  EXPECT_EQ(totals.exposures, 294'478);
  EXPECT_EQ(totals.deliveries, 294'478);
  EXPECT_EQ(totals.outcomes, 35'237);
  EXPECT_EQ(*first, (IngestSummary{624'193, 624'193, 0, 0}));
  EXPECT_EQ(totals.quarantined, 0);
  std::map<UnitId, std::set<std::int32_t>> variants;
  ASSERT_TRUE(store_->scan_exposures(0, store_->code("landing").value(), kForever, [&](const ExposureBlock& block) {
    for (std::size_t i = 0; i < block.unit.size(); ++i) variants[block.unit[i]].insert(block.variant[i]);
  }));
  EXPECT_EQ(variants.size(), 290'584u);
  EXPECT_EQ(std::count_if(variants.begin(), variants.end(), [](const auto& unit) { return unit.second.size() > 1; }),
            1'895);
  EXPECT_EQ(events("", "", request).value(), (IngestSummary{624'193, 0, 624'193, 0}));
}

TEST_F(PublicDataTest, SocialPressureMailers) {
  UnitsImport request;
  request.file = data_ / "ggl2008_social_pressure" / "GerberGreenLarimer_APSR_2008_social_pressure.csv.gz";
  request.experiment = "landing";
  request.row_is_unit = true;
  request.csv.columns = {{"variant", "treatment"}, {"cluster", "hh_id"}, {"converted", "voted"}};
  request.segments = std::set<std::string>{"sex"};
  const auto summary = import_units(*store_, pseudonymizer_, request);
  ASSERT_TRUE(summary.has_value()) << describe(summary.error());
  EXPECT_EQ(summary->added, 344'084);
  const auto found = arms("converted");
  EXPECT_EQ(found.size(), 5u);
  EXPECT_EQ(found.at("Control").rows, 191'243);
  EXPECT_EQ(found.at("Civic Duty").rows, 38'218) << "trimmed";
  EXPECT_NEAR(found.at("Neighbors").sum / 38'201, 0.37795, 5e-6);
}

TEST_F(PublicDataTest, MailCampaign) {
  UnitsImport request;
  request.file = data_ / "hillstrom2008_email" / "hillstrom.csv.gz";
  request.experiment = "landing";
  request.row_is_unit = true;
  request.csv.columns = {{"variant", "segment"}, {"converted", "conversion"}, {"order_value", "spend"}};
  const auto summary = import_units(*store_, pseudonymizer_, request);
  ASSERT_TRUE(summary.has_value()) << describe(summary.error());
  EXPECT_EQ(summary->added, 64'000);
  EXPECT_EQ(arms("order_value").at("No E-Mail").rows, 21'306);
  EXPECT_NEAR(arms("order_value").at("Mens E-Mail").sum / 21'307, 1.4226, 5e-5);
  EXPECT_NEAR(arms("converted").at("Womens E-Mail").sum / 21'387, 0.00884, 5e-6);
}

}  // namespace
}  // namespace tactful
