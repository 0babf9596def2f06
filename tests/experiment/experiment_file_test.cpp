#include "tactful/experiment/experiment_file.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <ostream>

#include "sample.hpp"
#include "support/temp_dir.hpp"
#include "tactful/core/file.hpp"

namespace tactful {
namespace {

using sample::with;
using sample::without;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Diagnostics findings(const Json& json) { return parse_experiment(json.dump()).diagnostics; }

// "error rule pointer" of each finding.
std::vector<std::string> list(const Diagnostics& diagnostics) {
  std::vector<std::string> result;
  for (const Diagnostic& d : diagnostics)
    result.push_back(std::string(to_string(d.severity)) + " " + d.rule + " " + d.pointer);
  return result;
}

TEST(ExperimentFile, ReadsASmallFileWithItsDefaults) {
  const ExperimentFile file = parse_experiment(sample::file().dump());
  ASSERT_THAT(list(file.diagnostics), IsEmpty());
  const Experiment& e = file.experiment.value();
  EXPECT_EQ(e.title, "renewal");
  EXPECT_EQ(e.salt, "renewal");
  EXPECT_EQ(e.scheme, "tactful-1");
  EXPECT_EQ(e.unit, "customer");
  EXPECT_FALSE(e.is_clustered());
  EXPECT_EQ(e.control().wording, "control");
  EXPECT_EQ(e.find_metric("complaint")->direction, Direction::kDecrease);
  EXPECT_EQ(e.find_metric("complaint")->outcome, "complaint");
  EXPECT_EQ(e.find_metric("complaint")->margin, (Margin{Margin::Kind::kRatio, 1.5}));
  EXPECT_EQ(e.find_metric("converted")->direction, Direction::kIncrease);
  EXPECT_EQ(e.find_metric("converted")->margin, std::nullopt);
  ASSERT_EQ(e.ramp.size(), 1u);
  EXPECT_EQ(e.ramp[0], (RampStep{e.pilot.start, Fraction{1'000'000}}));
  EXPECT_EQ(format_time(e.last_look()), "2026-06-25T00:00:00.000Z");
  EXPECT_EQ(e.pilot.end, e.last_look());
  EXPECT_EQ(e.policy.holdback.millionths, 200'000);
  EXPECT_EQ(e.variant_index("help"), 1u);
  EXPECT_EQ(e.variant_index("nobody"), std::nullopt);
}

TEST(ExperimentFile, DatesAreDaysOfTheExperiment) {
  const Experiment e = sample::experiment(with(sample::file(), "/utc_offset", "+08:00"));
  EXPECT_EQ(format_time(e.pilot.start), "2026-05-13T16:00:00.000Z");
  EXPECT_EQ(format_time(e.last_look(), e.utc_offset), "2026-06-25T00:00:00.000+08:00");
  // A window that ends within a day: the look waits for the day's end.
  const Experiment odd =
      sample::experiment(with(with(sample::file(), "/metrics/1/window", "30h"), "/metrics/0/window", "1h"));
  EXPECT_EQ(format_time(odd.last_look()), "2026-06-13T00:00:00.000Z");
}

TEST(ExperimentFile, WritesWhatItReads) {
  Json json = with(
      sample::file(), "/ramp",
      parse_json(
          R"([{"from":"2026-05-14","fraction":0.000001},{"from":"2026-05-20T09:30:00+08:00","fraction":0.333333}])")
          .value());
  json = with(json, "/scope", parse_json(R"({"region":{"$in":["a","b"]}})").value());
  json = with(json, "/cluster", "household");
  json = with(
      json, "/policy",
      parse_json(R"({"approvals":["service"],"score_weights":{"complaint":2,"converted":3},"holdback":0.05})").value());
  json = with(json, "/plan/looks", parse_json(R"(["2026-05-28","2026-06-04"])").value());
  json = with(json, "/plan/shares", parse_json(R"({"converted":0.75})").value());
  json = with(json, "/segments", parse_json(R"(["region"])").value());
  const Experiment once = sample::experiment(json);
  EXPECT_EQ(once.ramp[0].fraction.millionths, 1);
  EXPECT_EQ(once.ramp[1].fraction.millionths, 333'333);
  const ExperimentFile again = parse_experiment(to_json(once).dump(2));
  ASSERT_THAT(list(again.diagnostics), IsEmpty());
  EXPECT_EQ(again.experiment.value(), once);
  EXPECT_EQ(fingerprint(*again.experiment), fingerprint(once));
}

TEST(ExperimentFile, AnIncompleteMessageIsControlsTextUnlessTheFileHoldsIt) {
  EXPECT_EQ(sample::experiment().policy.incomplete, Incomplete::kControl);
  const Experiment held = sample::experiment(with(sample::file(), "/policy/incomplete", "hold"));
  EXPECT_EQ(held.policy.incomplete, Incomplete::kHold);
  EXPECT_EQ(parse_experiment(to_json(held).dump()).experiment.value(), held);
  EXPECT_THAT(list(findings(with(sample::file(), "/policy/incomplete", "skip"))),
              ::testing::ElementsAre("error choice /policy/incomplete"));
}

TEST(ExperimentFile, WordsOfAFileStandByTheirContent) {
  Experiment experiment = sample::experiment();
  const std::string before = fingerprint(experiment);
  const std::string control = fingerprint(experiment.variants[0]);
  experiment.variants[1].content = std::string(32, 'a');
  const std::string with_file = fingerprint(experiment);
  EXPECT_NE(with_file, before);
  EXPECT_EQ(fingerprint(experiment.variants[1]), std::string(32, 'a'));
  EXPECT_EQ(fingerprint(experiment.variants[0]), control);
  experiment.variants[1].content = std::string(32, 'b');
  EXPECT_NE(fingerprint(experiment), with_file);
  EXPECT_EQ(to_json(experiment), to_json(sample::experiment())) << "it is no field of the file";
}

TEST(ExperimentFile, EverySixDigitFractionIsExact) {
  for (int millionths = 0; millionths <= 1'000'000; millionths += 997) {
    char text[16];
    std::snprintf(text, sizeof text, "0.%06d", millionths % 1'000'000);
    const Json value = millionths == 1'000'000 ? Json(1) : parse_json(text).value();
    const ExperimentFile file = parse_experiment(with(sample::file(), "/policy/holdback", value).dump());
    ASSERT_TRUE(file.experiment) << text;
    ASSERT_EQ(file.experiment->policy.holdback.millionths, millionths) << text;
  }
}

struct Mistake {
  std::string name;
  Json file;
  std::string finding;
  std::string says;  // part of message or hint
};

// What GoogleTest prints of a case: not its bytes.
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

class Mistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreReportedWhereTheyStand) {
  const Diagnostics found = findings(GetParam().file);
  const auto it =
      std::find_if(found.begin(), found.end(), [&](const Diagnostic& d) { return list({d})[0] == GetParam().finding; });
  ASSERT_NE(it, found.end()) << ::testing::PrintToString(list(found));
  EXPECT_THAT(it->message + " / " + it->hint, HasSubstr(GetParam().says));
  EXPECT_EQ(parse_experiment(GetParam().file.dump()).experiment.has_value(), !has_errors(found));
}

Json json(std::string_view text) { return parse_json(text).value(); }

std::vector<Mistake> mistakes() {
  const Json f = sample::file();
  return {
      {"unknown", with(f, "/tittle", "x"), "error unknown-field /tittle", "did you mean \"title\""},
      {"unknown_nested", with(f, "/plan/margin", Json::object()), "error unknown-field /plan/margin", "\"margins\""},
      {"schema_missing", without(f, "", "schema"), "error missing /schema", "tactful/experiment/1"},
      {"schema_newer", with(f, "/schema", "tactful/experiment/2"), "error schema /schema", "newer release"},
      {"no_key", without(f, "", "key"), "error missing /key", "name of its file"},
      {"bad_key", with(f, "/key", "A b"), "error key /key", "a-z"},
      {"no_plan", without(f, "", "plan"), "error missing /plan", "enrolment_end"},
      {"no_start", without(f, "pilot", "start"), "error missing /pilot/start", "enrolment begins"},
      {"no_enrolment_end", without(f, "plan", "enrolment_end"), "error missing /plan/enrolment_end", "last unit"},
      {"variants_no_list", with(f, "/variants", 3), "error type /variants", "a list was expected"},
      {"variant_no_object", with(f, "/variants/1", "help"), "error type /variants/1", "an object was expected"},
      {"one_variant", with(f, "/variants", json(R"([{"key":"control"}])")), "error variant-count /variants",
       "two wordings"},
      {"same_variant", with(f, "/variants/1/key", "control"), "error duplicate /variants/1/key", "control"},
      {"same_metric", with(f, "/metrics/1/key", "converted"), "error duplicate /metrics/1/key", "converted"},
      {"variant_label", with(f, "/variants/1/key", " x"), "error label /variants/1/key", "blanks"},
      {"weights_zero", with(with(f, "/variants/0/weight", 0), "/variants/1/weight", 0), "error weight-sum /variants",
       "zero"},
      {"control_zero", with(f, "/variants/0/weight", 0), "warning control-weight /variants/0/weight",
       "nothing can be compared"},
      {"weight_negative", with(f, "/variants/0/weight", -1), "error range /variants/0/weight", "from 0"},
      {"weight_fraction", with(f, "/variants/0/weight", 0.5), "error type /variants/0/weight", "whole number"},
      {"template", with(f, "/variants/1/text", "Hello {name"), "error template /variants/1/text",
       "not closed (at byte 6)"},
      {"fields_differ", with(f, "/variants/1/text", "Hello {name}, {due}"), "warning fields-differ /variants/1/text",
       "other fields"},
      {"role", with(f, "/metrics/0/role", "succes"), "error choice /metrics/0/role", "\"success\""},
      {"window", with(f, "/metrics/0/window", "seven"), "error duration /metrics/0/window", "7d"},
      {"window_missing", with(f, "/metrics/-", json(R"({"key":"csat"})")), "error missing /metrics/2/window", "7d"},
      {"no_success", with(f, "/metrics/0/role", "monitor"), "warning no-success-metric /metrics", "promoted"},
      {"no_guardrail", without(with(f, "/metrics/1/role", "monitor"), "plan", "margins"),
       "warning no-guardrail /metrics", "harm"},
      {"margin_missing", without(f, "plan", "margins"), "error margin-missing /plan/margins/complaint", "ratio"},
      {"margin_role", with(f, "/plan/margins/converted", json(R"({"absolute":0.1})")),
       "error margin-role /plan/margins/converted", "no guardrail"},
      {"margin_unknown", with(f, "/plan/margins/complaints", json(R"({"ratio":2})")),
       "error unknown-metric /plan/margins/complaints", "\"complaint\""},
      {"margin_side", with(f, "/plan/margins/complaint", json(R"({"ratio":0.8})")),
       "error margin /plan/margins/complaint", "above 1"},
      {"margin_side_up",
       with(with(f, "/metrics/1/direction", "increase"), "/plan/margins/complaint", json(R"({"ratio":1.2})")),
       "error margin /plan/margins/complaint", "below 1"},
      {"margin_both", with(f, "/plan/margins/complaint", json(R"({"ratio":2,"absolute":1})")),
       "error margin /plan/margins/complaint", "either"},
      {"margin_rate", with(f, "/plan/margins/complaint", json(R"({"absolute":2})")),
       "error margin /plan/margins/complaint", "rate"},
      {"margin_zero", with(f, "/plan/margins/complaint", json(R"({"absolute":0})")),
       "error range /plan/margins/complaint/absolute", "between"},
      {"ramp_order",
       with(f, "/ramp", json(R"([{"from":"2026-05-20","fraction":0.1},{"from":"2026-05-14","fraction":1}])")),
       "error ramp-order /ramp/1/from", "order"},
      {"ramp_falls",
       with(f, "/ramp", json(R"([{"from":"2026-05-14","fraction":1},{"from":"2026-05-20","fraction":0.5}])")),
       "warning ramp-falls /ramp/1/fraction", "drop out"},
      {"ramp_late",
       with(f, "/ramp", json(R"([{"from":"2026-05-14","fraction":1},{"from":"2026-07-20","fraction":1}])")),
       "warning ramp-late /ramp/1/from", "ended"},
      {"fraction_fine", with(f, "/policy/holdback", 0.1234567), "error fraction /policy/holdback", "six decimals"},
      {"fraction_percent", with(f, "/policy/holdback", 20), "error range /policy/holdback", "0.05 is 5 %"},
      {"enrolment", with(f, "/plan/enrolment_end", "2026-05-14"), "error enrolment /plan/enrolment_end",
       "before the pilot"},
      {"date_digits", with(f, "/pilot/start", "20260514"), "error time /pilot/start", "2026-05-14"},
      {"date_impossible", with(f, "/pilot/start", "2026-02-30"), "error time /pilot/start", "no such date"},
      {"date_number", with(f, "/pilot/start", 20260514), "error type /pilot/start", "date as text"},
      {"look_early", with(f, "/plan/looks", json(R"(["2026-05-01"])")), "error looks /plan/looks/0", "not after"},
      {"look_late", with(f, "/plan/looks", json(R"(["2026-06-26"])")), "error looks /plan/looks/0", "2026-06-25"},
      {"look_order", with(f, "/plan/looks", json(R"(["2026-06-01","2026-06-01"])")), "error looks /plan/looks/1",
       "order"},
      {"pilot_end", with(f, "/pilot/end", "2026-06-20"), "error pilot-end /pilot/end", "last look"},
      {"full_weeks", with(f, "/plan/enrolment_end", "2026-06-12"), "warning full-weeks /plan/enrolment_end",
       "weekdays"},
      {"minimum_days", with(f, "/plan/minimum_days", 43), "warning minimum-days /plan/minimum_days", "promoted"},
      {"minimum_days_range", with(f, "/plan/minimum_days", -1), "error range /plan/minimum_days", "0"},
      {"alpha", with(f, "/plan/alpha/harm", 0.5), "error range /plan/alpha/harm", "between"},
      {"share_sum",
       with(with(f, "/metrics/-", json(R"({"key":"paid","window":"7d","role":"success"})")), "/plan/shares",
            json(R"({"converted":0.6,"paid":0.5})")),
       "error share-sum /plan/shares", "more than 1"},
      {"share_role", with(f, "/plan/shares", json(R"({"complaint":0.5})")), "error share-role /plan/shares/complaint",
       "success"},
      {"share_missing",
       with(with(f, "/metrics/-", json(R"({"key":"paid","window":"7d","role":"success"})")), "/plan/shares",
            json(R"({"converted":1})")),
       "warning share-missing /plan/shares", "paid"},
      {"share_zero", with(f, "/plan/shares", json(R"({"converted":0})")), "error range /plan/shares/converted",
       "above 0"},
      {"experience", with(f, "/policy/score_weights", json(R"({"converted":0.7,"complaint":0.3})")),
       "error experience-share /policy/score_weights", "40 %"},
      {"score_metric", with(f, "/policy/score_weights", json(R"({"complant":1})")),
       "error unknown-metric /policy/score_weights/complant", "\"complaint\""},
      {"offset", with(f, "/utc_offset", "Shanghai"), "error utc-offset /utc_offset", "+08:00"},
      {"cluster", with(f, "/cluster", "customer"), "error cluster /cluster", "unit itself"},
      {"salt", with(f, "/salt", ""), "error salt /salt", "empty"},
      {"owner", without(f, "", "owner"), "warning no-owner /owner", "owner"},
      {"contact", with(f, "/contact", "CN rules"), "error key /contact", "CN rules"},
      {"purpose", with(f, "/purpose", ""), "error key /purpose", "no key"},
      {"consulted", with(f, "/consulted", json(R"(["legal","legal"])")), "error duplicate /consulted/1", "twice"},
      {"informed", with(f, "/informed", json(R"([7])")), "error type /informed/0", "a text"},
      {"responsible", with(f, "/responsible", 7), "error type /responsible", "a text"},
      {"segments", with(f, "/segments", json(R"(["region","region"])")), "error duplicate /segments/1", "twice"},
  };
}

INSTANTIATE_TEST_SUITE_P(File, Mistakes, ::testing::ValuesIn(mistakes()),
                         [](const auto& param) { return param.param.name; });

TEST(ExperimentFile, NamesPeopleAndTheContactPolicyAndReadsThemBack) {
  EXPECT_EQ(sample::experiment().purpose, "service");
  EXPECT_EQ(sample::experiment().contact, "");
  EXPECT_EQ(sample::experiment(with(sample::file(), "/contact", "")).contact, "");
  Json file = with(with(sample::file(), "/contact", "cn"), "/purpose", "collection");
  file = with(with(file, "/responsible", "Zhao Min"), "/consulted", json(R"(["legal","risk"])"));
  const Experiment e = sample::experiment(with(file, "/informed", json(R"(["sales"])")));
  EXPECT_EQ(e.contact, "cn");
  EXPECT_EQ(e.purpose, "collection");
  EXPECT_EQ(e.responsible, "Zhao Min");
  EXPECT_THAT(e.consulted, ::testing::ElementsAre("legal", "risk"));
  EXPECT_THAT(e.informed, ::testing::ElementsAre("sales"));
  EXPECT_EQ(parse_experiment(to_json(e).dump()).experiment, e);
}

TEST(ExperimentFile, ReportsEveryMistakeAtOnce) {
  Json broken = with(with(sample::file(), "/key", "A B"), "/metrics/0/role", "winner");
  broken = with(without(broken, "pilot", "start"), "/nonsense", 1);
  EXPECT_THAT(list(findings(broken)),
              ::testing::IsSupersetOf({"error key /key", "error choice /metrics/0/role", "error missing /pilot/start",
                                       "error unknown-field /nonsense"}));
}

TEST(ExperimentFile, TextThatIsNoJsonIsOneFinding) {
  const ExperimentFile file = parse_experiment("{\"key\": \"a\",\n \"key\": \"b\"}", "renewal.json");
  ASSERT_EQ(file.diagnostics.size(), 1u);
  EXPECT_EQ(file.diagnostics[0].rule, "json");
  EXPECT_THAT(file.diagnostics[0].message, HasSubstr("renewal.json:2:"));
  EXPECT_THAT(list(parse_experiment("[]").diagnostics), ::testing::ElementsAre("error type "));
}

TEST(ExperimentFile, TheFileIsNamedAfterItsKey) {
  const test::TempDir folder;
  ASSERT_TRUE(write_file_atomically(folder.path() / "other.json", sample::file().dump()));
  const auto other = read_experiment(folder.path() / "other.json");
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->experiment);
  EXPECT_THAT(list(other->diagnostics), ::testing::ElementsAre("error file-name /key"));
  ASSERT_TRUE(write_file_atomically(folder.path() / "renewal.json", sample::file().dump()));
  EXPECT_TRUE(read_experiment(folder.path() / "renewal.json")->experiment);
  EXPECT_EQ(read_experiment(folder.path() / "none.json").error().code, ErrorCode::kNotFound);
}

TEST(Fingerprint, HoldsWhatMakesTheExperimentAndNothingElse) {
  const Experiment e = sample::experiment();
  const std::string base = fingerprint(e);
  EXPECT_EQ(base.size(), 32u);
  // Frozen: a change here means that every exposure and ledger written before no longer matches.
  EXPECT_EQ(base, "35797db16a00e426e4340a440511e33b");
  EXPECT_EQ(fingerprint(e.control()), "a32309a99f42a1e70431505026c9ecd4");
  for (const auto& [pointer, value] :
       std::vector<std::pair<std::string, Json>>{{"/title", "New"},
                                                 {"/owner", "Wang"},
                                                 {"/goal", "g"},
                                                 {"/ramp", json(R"([{"from":"2026-05-15","fraction":0.5}])")},
                                                 {"/pilot/start", "2026-05-07"},
                                                 {"/pilot/end", "2026-08-01"},
                                                 {"/policy/holdback", 0.1},
                                                 {"/overrides", json(R"({"tester":"help"})")},
                                                 {"/responsible", "Zhao Min"},
                                                 {"/consulted", json(R"(["legal"])")},
                                                 {"/informed", json(R"(["sales"])")},
                                                 {"/contact", "cn"},
                                                 {"/purpose", "collection"},
                                                 {"/policy/incomplete", "hold"},
                                                 {"/layer", nullptr},
                                                 {"/layer", ""},
                                                 {"/holdout", ""},
                                                 {"/hashing", Json::object()},
                                                 {"/sticky", false},
                                                 {"/utc_offset", "Z"}}) {
    EXPECT_EQ(fingerprint(sample::experiment(with(sample::file(), pointer, value))), base) << pointer;
  }
  for (const auto& [pointer, value] :
       std::vector<std::pair<std::string, Json>>{{"/key", "other"},
                                                 {"/unit", "ticket"},
                                                 {"/cluster", "household"},
                                                 {"/salt", "s"},
                                                 {"/scheme", "x"},
                                                 {"/layer", json(R"({"key":"l","slots":[0,4],"of":10})")},
                                                 {"/holdout", json(R"({"key":"h","fraction":0.1})")},
                                                 {"/hashing", json(R"({"units":"utf8"})")},
                                                 {"/sticky", true},
                                                 {"/groups", json(R"({"vip":["a"]})")},
                                                 {"/scope", json(R"({"a":1})")},
                                                 {"/variants/1/weight", 2},
                                                 {"/variants/1/text", "Hi {name}"},
                                                 {"/variants/1/wording", "w"},
                                                 {"/variants/1/key", "k"},
                                                 {"/metrics/0/window", "8d"},
                                                 {"/plan/margins/complaint/ratio", 1.6},
                                                 {"/plan/power", 0.9},
                                                 {"/plan/enrolment_end", "2026-06-04"}}) {
    EXPECT_NE(fingerprint(sample::experiment(with(sample::file(), pointer, value))), base) << pointer;
  }
}

TEST(ExampleFile, IsASixWeekPilotWithoutFindings) {
  const auto file =
      read_experiment(std::filesystem::path(TACTFUL_SOURCE_DIR) / "experiments" / "payment-reminder.json");
  ASSERT_TRUE(file);
  EXPECT_THAT(list(file->diagnostics), IsEmpty());
  const Experiment& e = file->experiment.value();
  EXPECT_EQ(e.last_look() - e.pilot.start, 42 * kMillisecondsPerDay);
  EXPECT_EQ(e.variants.size(), 3u);
}

// The published schema and the parser name the same fields, at every level that has fixed fields.
TEST(JsonSchema, NamesTheFieldsThatTheParserReads) {
  const auto text = read_file(std::filesystem::path(TACTFUL_SOURCE_DIR) / "docs" / "spec" / "experiment.schema.json");
  ASSERT_TRUE(text);
  const Json schema = parse_json(*text).value();
  Experiment example = sample::experiment();  // with every field that is written only where it is used
  example.hashing = {"utf8", "t", 5, {{{0.0, 1.0}}, {}}, {{"eppo", "s", {}}}};
  example.switchback_ms = kMillisecondsPerHour;
  example.sticky.is_on = true;
  example.overrides = {{"tester", "help"}};
  example.groups = {{"vip", {"a"}}};
  example.responsible = "Zhao Min";
  example.consulted = {"legal"};
  example.informed = {"sales"};
  example.contact = "cn";
  example.purpose = "collection";
  example.metrics[0].minimum_value = 3.0;
  example.plan.harm_shares = {{"complaint", 0.5}};
  example.plan.spending.harm = AlphaSpending::kPocock;
  example.plan.protected_segments = {{"region", "north"}};
  example.plan.futility = 0.1;
  example.plan.baselines = {{"complaint", 0.002, {}, {}}};
  example.plan.weekly_units = 4000.0;
  example.policy.final_holdback = Fraction{10'000};
  example.policy.rollout = {Fraction{100'000}};
  example.policy.horizon_weeks = 13;
  example.policy.incomplete = Incomplete::kHold;
  const Json written = to_json(example);
  const auto names = [](const Json& object) {
    std::vector<std::string> result;
    for (const Json::Member& member : object.as_object()) {
      if (member.first != "$schema") result.push_back(member.first);
    }
    return result;
  };
  const Json& top = *schema.find("properties");
  EXPECT_THAT(names(top), ::testing::UnorderedElementsAreArray(names(written)));
  for (const char* name : {"plan", "policy", "pilot", "hashing"}) {
    EXPECT_THAT(names(*top.find(name)->find("properties")),
                ::testing::UnorderedElementsAreArray(names(*written.find(name))));
  }
  for (const char* name : {"variants", "metrics", "ramp"}) {
    EXPECT_THAT(names(*top.find(name)->find("items")->find("properties")),
                ::testing::UnorderedElementsAreArray(names(written.find(name)->as_array()[0])));
  }
}

}  // namespace
}  // namespace tactful
