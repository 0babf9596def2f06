#include "import_fixture.hpp"

namespace tactful {
namespace {

using namespace store_test;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

class ImportUnitsTest : public ImportTest {
 protected:
  struct Row {
    UnitId unit = 0, cluster = 0;
    std::string variant;
    std::optional<TimeMs> at;
    std::map<std::string, std::optional<double>> outcomes;
    std::map<std::string, std::string> segments;
  };
  std::vector<Row> rows(std::string_view experiment = "landing") {
    std::vector<Row> found;
    EXPECT_TRUE(store_->scan_wide(0, store_->code(experiment).value(), [&](const WideBlock& block) {
      for (std::size_t i = 0; i < block.unit.size(); ++i) {
        Row row{block.unit[i], block.cluster[i], std::string(store_->text(block.variant[i])), {}, {}, {}};
        if (!block.at.empty()) row.at = block.at[i];
        for (const auto& outcome : block.outcomes) {
          auto& value = row.outcomes[std::string(store_->text(outcome.kind))];
          if (outcome.present[i] != 0) value = outcome.value[i];
        }
        for (const auto& segment : block.segments) {
          row.segments[std::string(store_->text(segment.name))] = store_->text(segment.value[i]);
        }
        found.push_back(std::move(row));
      }
    }));
    return found;
  }
};

TEST_F(ImportUnitsTest, ColumnsBecomeOutcomesAndSegments) {
  const auto summary = units(
      "unit,variant,at,cluster,converted,csat,region\n"
      "u1, control ,2026-05-01T00:00:01Z,h1,Yes,4.5,north\n"
      "u2,B,2026-05-01T00:00:02Z,h1,FALSE,,\n");
  ASSERT_TRUE(summary.has_value()) << describe(summary.error());
  EXPECT_EQ(*summary, (IngestSummary{2, 2, 0, 0}));
  auto found = rows();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].unit, unit("u1"));
  EXPECT_EQ(found[0].cluster, pseudonymizer_.cluster("h1"));
  EXPECT_EQ(found[0].variant, "control");
  EXPECT_EQ(found[0].at, parse_time("2026-05-01T00:00:01Z").value());
  EXPECT_EQ(found[0].outcomes["converted"], 1.0);
  EXPECT_EQ(found[0].outcomes["csat"], 4.5);
  EXPECT_EQ(found[0].segments["region"], "north");
  EXPECT_EQ(found[1].outcomes["converted"], 0.0);
  EXPECT_EQ(found[1].outcomes["csat"], std::nullopt) << "missing is not zero";
  EXPECT_EQ(found[1].segments["region"], "");
  EXPECT_EQ(store_->key_id(), pseudonymizer_.key_id());
}

TEST_F(ImportUnitsTest, MappingOwnKindsAndChosenSegments) {
  UnitsImport request;
  request.csv.columns = {{"unit", "id"}, {"variant", "treatment"}, {"cluster", "hh_id"}, {"converted", "voted"}};
  request.csv.delimiter = ';';
  request.outcome_kinds = {"visits"};
  request.segments = std::set<std::string>{"cluster"};
  ASSERT_TRUE(units("id;treatment;cluster;hh_id;voted;visits;sex\n1;A;block 7;h9;no;3;f\n", request).has_value());
  auto found = rows();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].cluster, pseudonymizer_.cluster("h9"));
  EXPECT_EQ(found[0].outcomes, (std::map<std::string, std::optional<double>>{{"converted", 0.0}, {"visits", 3.0}}));
  EXPECT_EQ(found[0].segments, (std::map<std::string, std::string>{{"cluster", "block 7"}}))
      << "the file's own column of that name";
  EXPECT_EQ(found[0].at, std::nullopt);
}

TEST_F(ImportUnitsTest, ChineseExport) {
  UnitsImport request;
  request.csv.encoding = Encoding::kGb18030;
  request.csv.columns = {{"unit", "客户"}};
  ASSERT_TRUE(units("\xBF\xCD\xBB\xA7,variant,\xB3\xC7\xCA\xD0\n1,A,\xC9\xCF\xBA\xA3\n", request).has_value());
  EXPECT_EQ(rows()[0].segments["城市"], "上海");
}

TEST_F(ImportUnitsTest, UnitsSeenTwice) {
  EXPECT_EQ(units("unit,variant,converted\nu1,A,1\nu1,A,1\nu1,B,0\n").value(), (IngestSummary{3, 2, 1, 0}));
  EXPECT_EQ(rows().size(), 2u);
  UnitsImport other;
  other.experiment = "other";
  const auto result = units("unit,variant,converted\nu1,A,1\nu2,A,1\nu1,A,0\n", other);
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().where, EndsWith("units.csv:4:unit"));
  EXPECT_THAT(result.error().message, HasSubstr("line 2"));
  EXPECT_THAT(result.error().message, HasSubstr("line 4"));
  EXPECT_THAT(result.error().hint, HasSubstr("--exposures"));
}

TEST_F(ImportUnitsTest, AgainReplaceAndConflict) {
  const std::string text = "unit,variant,converted\nu1,A,1\nu2,B,0\n";
  EXPECT_EQ(units(text).value(), (IngestSummary{2, 2, 0, 0}));
  const std::string print = store_->data_fingerprint().value();
  EXPECT_EQ(units(text).value(), (IngestSummary{2, 0, 2, 0}));
  const auto other = units("unit,variant,converted\nu1,A,0\n");
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, ErrorCode::kConflict);
  EXPECT_THAT(other.error().hint, HasSubstr("--replace"));
  UnitsImport read_otherwise;
  read_otherwise.csv.columns = {{"complaint", "converted"}};
  EXPECT_EQ(units(text, read_otherwise).error().code, ErrorCode::kConflict)
      << "the same file read in another way is another table";
  UnitsImport replace;
  replace.replace = true;
  EXPECT_EQ(units("unit,variant,converted\nu1,A,0\n", replace).value(), (IngestSummary{1, 0, 0, 0, 0, 0, 1, 1}));
  EXPECT_EQ(rows().size(), 1u);
  EXPECT_EQ(units(text, replace).value(), (IngestSummary{2, 1, 0, 0, 0, 0, 1, 0}));
  EXPECT_EQ(store_->data_fingerprint().value(), print);
}

TEST_F(ImportUnitsTest, AGrownTableTellsWhatItChanges) {
  ASSERT_TRUE(units("unit,variant,at,converted\n"
                    "u1,A,2026-05-04T00:00:00Z,0\nu2,B,2026-05-05T00:00:00Z,0\nu3,A,2026-05-06T00:00:00Z,1\n")
                  .has_value());
  UnitsImport replace;
  replace.replace = true;
  const auto grown = units(
      "unit,variant,at,converted,region\n"
      "u1,A,2026-05-09T00:00:00Z,1,\nu2,B,2026-05-05T00:00:00Z,0,\nu4,B,2026-05-08T00:00:00Z,0,east\n",
      replace);
  ASSERT_TRUE(grown.has_value()) << describe(grown.error());
  EXPECT_EQ(*grown, (IngestSummary{3, 1, 1, 0, 0, 0, 1, 1, 1}));
  std::map<std::string, TimeMs> times;
  for (const auto& row : rows())
    times[row.variant + std::to_string(row.outcomes.at("converted").value_or(-1))] = *row.at;
  EXPECT_EQ(times.size(), 2u);
  EXPECT_EQ(times["A1.000000"], parse_time("2026-05-04T00:00:00Z").value()) << "the first exposure stays";
}

TEST_F(ImportUnitsTest, AUnitDoesNotChangeItsVariantAfterwards) {
  ASSERT_TRUE(units("unit,variant,converted\nu1,A,1\nu2,B,0\n").has_value());
  const std::string print = store_->data_fingerprint().value();
  UnitsImport replace;
  replace.replace = true;
  const auto moved = units("unit,variant,converted\nu1,B,1\nu2,B,0\nu3,A,0\n", replace);
  ASSERT_FALSE(moved.has_value());
  EXPECT_EQ(moved.error().code, ErrorCode::kConflict);
  EXPECT_THAT(moved.error().message, HasSubstr("1 unit is in another variant"));
  EXPECT_THAT(moved.error().hint, HasSubstr("new store"));
  EXPECT_EQ(store_->data_fingerprint().value(), print) << "nothing was changed";
  // In a second variant as well: a crossover, which the checks report.
  EXPECT_EQ(units("unit,variant,converted\nu1,A,1\nu1,B,1\nu2,B,0\n", replace).value(),
            (IngestSummary{3, 1, 2, 0, 0, 0, 0, 0}));
}

TEST_F(ImportUnitsTest, ColumnOrderDoesNotMatterToTheFingerprint) {
  ASSERT_TRUE(units("unit,variant,converted,csat,region\nu1,A,1,3,n\n").has_value());
  auto other = open_store(folder_ / "other.db");
  std::swap(store_, other);
  ASSERT_TRUE(units("region,csat,unit,converted,variant\nn,3,u1,1,A\n").has_value());
  EXPECT_EQ(store_->data_fingerprint().value(), other->data_fingerprint().value());
}

TEST_F(ImportUnitsTest, RowsWithoutIds) {
  UnitsImport request;
  request.row_is_unit = true;
  EXPECT_EQ(units("variant,converted\nA,1\nA,1\n", request).value(), (IngestSummary{2, 2, 0, 0}));
  EXPECT_NE(rows()[0].unit, rows()[1].unit);
}

TEST_F(ImportUnitsTest, IdsThatAreNotReadAreNotKept) {
  UnitsImport request;
  request.row_is_unit = true;
  ASSERT_TRUE(
      units("unit,event_id,variant,converted,region\n+49 170 5550001,call-5550002,A,1,north\n", request).has_value());
  EXPECT_EQ(rows()[0].segments, (std::map<std::string, std::string>{{"region", "north"}}));
  request.experiment = "second";
  request.csv.columns = {{"unit", "phone"}};
  ASSERT_TRUE(units("phone,variant,converted\n+49 170 5550003,A,1\n", request).has_value());
  UnitsImport with_ids;
  with_ids.experiment = "third";
  ASSERT_TRUE(units("unit,event_id,variant,converted\n5550005,call-5550004,A,1\n", with_ids).has_value());
  EXPECT_TRUE(rows("third")[0].segments.empty());
  store_.reset();
  const std::string bytes = read_bytes(folder_ / "s.db");
  EXPECT_TRUE(bytes.find("north") != std::string::npos) << "or the search below would prove nothing";
  for (const int number : {1, 2, 3, 4, 5}) {
    EXPECT_TRUE(bytes.find("555000" + std::to_string(number)) == std::string::npos) << number;
  }
}

TEST_F(ImportUnitsTest, NumbersOfPeopleAreNoSegments) {
  const Error error = refused(units("unit,variant,tel\nu1,A,13800138000\n"));
  EXPECT_THAT(error.where, EndsWith(":2:tel"));
  EXPECT_THAT(error.message, testing::AllOf(HasSubstr("99999999999"), testing::Not(HasSubstr("13800138000"))));
  EXPECT_THAT(error.hint, HasSubstr("--segments"));
  UnitsImport without;
  without.segments = std::set<std::string>();
  EXPECT_TRUE(units("unit,variant,tel\nu1,A,13800138000\n", without).has_value());
}

TEST_F(ImportUnitsTest, DatesNeedTheirZone) {
  const std::string text = "unit,variant,at\nu1,A,2026-05-01\n";
  const Error error = refused(units(text));
  EXPECT_THAT(error.where, EndsWith(":2:at"));
  EXPECT_THAT(error.hint, HasSubstr("--zone"));
  UnitsImport request;
  request.csv.assumed_zone = UtcOffset::parse("+08:00").value();
  ASSERT_TRUE(units(text, request).has_value());
}

TEST_F(ImportUnitsTest, ErrorsNameFileLineAndColumn) {
  Error error = refused(units("unit,variant,converted\nu1,A,1\nu2,B,maybe\n"));
  EXPECT_EQ(error.code, ErrorCode::kInvalidInput);
  EXPECT_THAT(error.where, EndsWith("units.csv:3:converted"));
  EXPECT_THAT(error.message, testing::AllOf(HasSubstr("xxxxx"), testing::Not(HasSubstr("maybe"))));
  EXPECT_THAT(refused(units("unit,variant,converted\nu1,A,inf\n")).where, EndsWith(":2:converted"));
  EXPECT_THAT(refused(units("unit,variant,converted\nu1,A,\"1,5\"\n")).where, EndsWith(":2:converted"));
  EXPECT_THAT(refused(units("unit,variant\n ,A\n")).where, EndsWith(":2:unit"));
  EXPECT_THAT(refused(units("unit,variant\nu1,\n")).where, EndsWith(":2:variant"));
  EXPECT_THAT(refused(units("unit,variant,x\nu1,A," + std::string(101, 'y') + "\n")).where, EndsWith(":2:x"));
  error = refused(units("unit,variant,at\nu1,A,2026-05-01 10:00:00\n"));
  EXPECT_THAT(error.where, EndsWith(":2:at"));
  EXPECT_THAT(refused(units("unit,variant,at\nu1,A,\n")).where, EndsWith(":2:at"));
  error = refused(units("unit,varaint,x\nu1,A,1\n"));
  EXPECT_THAT(error.message, HasSubstr("unit, varaint, x"));
  EXPECT_THAT(error.hint, HasSubstr("varaint"));
  EXPECT_THAT(refused(units("unit,variant\n")).message, HasSubstr("no rows"));
}

TEST_F(ImportUnitsTest, WrongRequests) {
  UnitsImport mapped;
  mapped.csv.columns = {{"unit", "user"}};
  const Error error = refused(units("users,variant\n1,A\n", mapped));
  EXPECT_THAT(error.message, HasSubstr("`user`"));
  EXPECT_THAT(error.hint, HasSubstr("`users`"));
  UnitsImport kinds;
  kinds.outcome_kinds = {"visit"};
  EXPECT_THAT(refused(units("unit,variant,visits\n1,A,2\n", kinds)).hint, HasSubstr("visits"));
  kinds.outcome_kinds = {"No Key"};
  EXPECT_EQ(refused(units("unit,variant,No Key\n1,A,2\n", kinds)).code, ErrorCode::kInvalidArgument);
  UnitsImport segments;
  segments.segments = std::set<std::string>{"regoin"};
  EXPECT_THAT(refused(units("unit,variant,region\n1,A,n\n", segments)).hint, HasSubstr("region"));
  UnitsImport key;
  key.experiment = "No Key";
  EXPECT_EQ(refused(units("unit,variant\n1,A\n", key)).code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(units("unit,variant\n1,A\n").has_value());
  pseudonymizer_ = test_pseudonymizer("research");
  EXPECT_EQ(units("unit,variant\n1,A\n").error().code, ErrorCode::kRefused);
}

}  // namespace
}  // namespace tactful
