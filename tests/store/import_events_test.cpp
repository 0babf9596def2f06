#include "import_fixture.hpp"

namespace tactful {
namespace {

using namespace store_test;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

class ImportEventsTest : public ImportTest {
 protected:
  std::vector<std::pair<UnitId, std::string>> deliveries() {
    std::vector<std::pair<UnitId, std::string>> found;
    EXPECT_TRUE(store_->scan_deliveries(0, store_->code("landing").value(), kForever, [&](const DeliveryBlock& block) {
      for (std::size_t i = 0; i < block.unit.size(); ++i)
        found.emplace_back(block.unit[i], store_->text(block.variant[i]));
    }));
    return found;
  }
  std::vector<std::string> segments() {
    std::vector<std::string> found;
    EXPECT_TRUE(store_->scan_exposures(0, store_->code("landing").value(), kForever, [&](const ExposureBlock& block) {
      for (const std::int32_t code : block.segments) found.emplace_back(store_->text(code));
    }));
    return found;
  }
};

TEST_F(ImportEventsTest, ExposuresAndOutcomes) {
  const auto summary =
      events("unit,variant,at,cluster,region,city\nu1,control,1000000000001,h1,n,\nu2, B ,1000000000002,,,\n",
             "unit,kind,at,value\nu1,converted,1000000000003,\nu1,order_value,1000000000004,12.5\nu3,converted,"
             "1000000000005,yes\n");
  ASSERT_TRUE(summary.has_value()) << describe(summary.error());
  EXPECT_EQ(*summary, (IngestSummary{5, 5, 0, 0}));
  EXPECT_THAT(exposures_of(*store_, "landing"),
              testing::UnorderedElementsAre(std::tuple(unit("u1"), 1000000000001, "control"),
                                            std::tuple(unit("u2"), 1000000000002, "B")));
  EXPECT_THAT(outcomes_of(*store_, {"converted", "order_value"}),
              testing::UnorderedElementsAre(std::tuple(unit("u1"), 1000000000003, "converted", 1.0),
                                            std::tuple(unit("u1"), 1000000000004, "order_value", 12.5),
                                            std::tuple(unit("u3"), 1000000000005, "converted", 1.0)));
  EXPECT_THAT(segments(), testing::UnorderedElementsAre(R"({"region":"n"})", ""));
  EXPECT_EQ(store_->complete_until(), 9'000);
  EXPECT_TRUE(store_->code("pilot").has_value());
}

TEST_F(ImportEventsTest, NoNameOfAFileIsKept) {
  const std::string place = "13800138000 calls", name = "Zhang Wei 13900139000.csv";
  std::filesystem::create_directory(folder_ / place);
  EventsImport request;
  request.experiment = "landing";
  request.exposures = csv("unit,variant,at\nu1,A,1000000000001\n", place + "/" + name);
  request.outcomes = csv("unit,kind,at\nu1,converted,1000000000002\n", place + "/o" + name);
  ASSERT_EQ(import_events(*store_, pseudonymizer_, request, 9'000)->added, 2);
  UnitsImport table;
  table.experiment = "survey";
  table.file = csv("unit,variant,converted\nu1,A,1\n", place + "/u" + name);
  ASSERT_EQ(import_units(*store_, pseudonymizer_, table)->added, 1);
  const auto expect_none = [this] {
    std::string bytes;
    for (const char* suffix : {"", "-wal", ".lock"}) bytes += read_bytes((folder_ / "s.db").string() + suffix);
    EXPECT_THAT(bytes, HasSubstr("events:exposures:")) << "the search can see what is there";
    for (const char* part : {"13800138000", "13900139000", "Zhang", ".csv"})
      EXPECT_EQ(bytes.find(part), std::string::npos) << part;
  };
  expect_none();
  store_.reset();
  expect_none();
}

TEST_F(ImportEventsTest, TheSameFilesTwiceAddNothing) {
  const std::string exposures = "unit,variant,at\nu1,A,1000000000001\nu1,A,1000000000001\n";
  const std::string outcomes = "unit,kind,at\nu1,converted,1000000000002\n";
  EXPECT_EQ(events(exposures, outcomes).value(), (IngestSummary{3, 3, 0, 0})) << "two rows are two events";
  const std::string print = store_->data_fingerprint().value();
  EXPECT_EQ(events(exposures, outcomes).value(), (IngestSummary{3, 0, 3, 0}));
  EXPECT_EQ(events("", outcomes).value(), (IngestSummary{1, 0, 1, 0}));
  EXPECT_EQ(store_->data_fingerprint().value(), print);
  EventsImport other;
  other.experiment = "other";
  EXPECT_EQ(events(exposures, outcomes, other).value(), (IngestSummary{3, 2, 1, 0}))
      << "exposures of another experiment are other events";
}

TEST_F(ImportEventsTest, EventIdsAreIdentities) {
  const std::string outcomes =
      "unit,kind,at,event_id\nu1,converted,1000000000002,e1\nu1,converted,1000000000003,e1\nu2,converted,1000000000002,"
      "e1\n";
  EXPECT_EQ(events("", outcomes).value(), (IngestSummary{3, 2, 0, 1}));
  EXPECT_EQ(events("", "event_id,unit,kind,at\ne1,u1,converted,1000000000002\n").value().duplicates, 1)
      << "also from another file";
  EXPECT_EQ(events("unit,variant,at,event_id,delivered\nu1,A,1000000000001,e1,A\n", "").value(),
            (IngestSummary{2, 2, 0, 0}))
      << "an exposure's id is not an outcome's";
}

TEST_F(ImportEventsTest, DeliveredIsAnotherEvent) {
  EventsImport request;
  request.delivered = {{"old_page", "control"}, {"new_page", "treatment"}};
  request.exposures_csv.columns = {{"delivered", "page"}};
  EXPECT_EQ(events("unit,variant,at,page\nu1,control,1,new_page\nu2,treatment,2,new_page\nu3,control,3,\n", "", request)
                .value()
                .added,
            5);
  EXPECT_THAT(deliveries(),
              testing::UnorderedElementsAre(std::pair(unit("u1"), "treatment"), std::pair(unit("u2"), "treatment")));
  const auto wrong = events("unit,variant,at,page\nu1,control,1,newpage\n", "", request);
  ASSERT_FALSE(wrong.has_value());
  EXPECT_THAT(wrong.error().where, EndsWith("exposures.csv:2:page"));
  EXPECT_THAT(wrong.error().message, HasSubstr("new_page, old_page"));
}

TEST_F(ImportEventsTest, FlagsOfTheSameFileAreOutcomesAndNoSegments) {
  EventsImport request;
  request.outcome_kind = "bought";
  request.skip_zero_outcomes = true;
  request.outcomes_csv.columns = {{"value", "flag"}};
  request.exposures =
      csv("unit,variant,at,flag,converted,region\nu1,A,1000000000001,0,1,n\nu2,B,1000000000002,1,0,s\nu3,B,"
          "1000000000003,,0,s\n");
  request.outcomes = request.exposures;
  EXPECT_EQ(events("", "", request).value(), (IngestSummary{4, 4, 0, 0}));
  EXPECT_THAT(outcomes_of(*store_, {"bought"}), ElementsAre(std::tuple(unit("u2"), 1000000000002, "bought", 1.0)));
  EXPECT_THAT(segments(), testing::Each(testing::Not(HasSubstr("flag"))));
  EXPECT_THAT(segments(), testing::Each(testing::Not(HasSubstr("converted"))));
}

TEST_F(ImportEventsTest, ZonesMayBeAssumed) {
  const std::string text = "unit,variant,at\nu1,A,2026-05-01 08:00:00\n";
  const Error error = refused(events(text, ""));
  EXPECT_THAT(error.where, EndsWith("exposures.csv:2:at"));
  EventsImport request;
  request.exposures_csv.assumed_zone = UtcOffset::parse("+08:00").value();
  ASSERT_TRUE(events(text, "", request).has_value());
  EXPECT_THAT(exposures_of(*store_, "landing"),
              ElementsAre(std::tuple(unit("u1"), parse_time("2026-05-01T00:00:00Z").value(), "A")));
}

TEST_F(ImportEventsTest, NothingIsKeptWhenTheSecondFileIsBroken) {
  const Error error = refused(events("unit,variant,at\nu1,A,1\n", "unit,kind,at\nu1,converted\n"));
  EXPECT_THAT(error.where, EndsWith("outcomes.csv:2:at"));
  EXPECT_EQ(store_->key_id(), "");
}

TEST_F(ImportEventsTest, ErrorsNameFileLineAndColumn) {
  EXPECT_THAT(refused(events("unit,at\nu1,1\n", "")).message, HasSubstr("`variant` is missing"));
  EXPECT_THAT(refused(events("unit,variant,at\n,A,1\n", "")).where, EndsWith(":2:unit"));
  EXPECT_THAT(refused(events("unit,variant,at\nu,A,soon\n", "")).where, EndsWith(":2:at"));
  EXPECT_THAT(refused(events("unit,variant,at\n", "")).message, HasSubstr("no rows"));
  Error error = refused(events("", "unit,at\nu1,1\n"));
  EXPECT_THAT(error.message, HasSubstr("`kind` is missing"));
  EXPECT_THAT(error.hint, HasSubstr("--kind"));
  EXPECT_THAT(refused(events("", "unit,kind,at\nu1,Not A Key,1\n")).where, EndsWith(":2:kind"));
  EXPECT_THAT(refused(events("", "unit,kind,at,value\nu1,csat,1,\n")).where, EndsWith(":2:value"));
  EXPECT_THAT(refused(events("", "unit,kind,at,value\nu1,csat,1,good\n")).where, EndsWith(":2:value"));
  EXPECT_THAT(refused(events("", "unit,kind,at\nu1,csat,1\n")).message, HasSubstr("without its value"));
}

TEST_F(ImportEventsTest, WrongRequests) {
  EXPECT_EQ(refused(events("", "")).code, ErrorCode::kInvalidArgument);
  EventsImport request;
  request.exposures = request.outcomes = "-";
  EXPECT_EQ(refused(events("", "", request)).code, ErrorCode::kInvalidArgument);
  request = {};
  request.skip_zero_outcomes = true;
  EXPECT_THAT(refused(events("", "unit,kind,at\nu1,converted,1\n", request)).message, HasSubstr("`value` is missing"));
  request = {};
  request.delivered = {{"x", "A"}};
  EXPECT_THAT(refused(events("unit,variant,at\nu1,A,1\n", "", request)).message, HasSubstr("`delivered` is missing"));
  request = {};
  request.source = "No Key";
  EXPECT_EQ(refused(events("unit,variant,at\nu1,A,1\n", "", request)).code, ErrorCode::kInvalidArgument);
  request = {};
  request.phase = "";
  EXPECT_EQ(refused(events("unit,variant,at\nu1,A,1\n", "", request)).code, ErrorCode::kInvalidArgument);
  request = {};
  request.exposures = folder_ / "absent.csv";
  EXPECT_EQ(refused(events("", "", request)).code, ErrorCode::kNotFound);
}

TEST_F(ImportEventsTest, AnOutcomesFileMayHoldNoRow) {
  EXPECT_EQ(events("", "unit,kind,at\n").value(), IngestSummary{});
}

}  // namespace
}  // namespace tactful
