#include "tactful/contact/contact_policy.hpp"

#include <algorithm>

#include "contact_fixture.hpp"
#include "tactful/core/file.hpp"

namespace tactful::test {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::UnorderedElementsAreArray;

std::vector<std::string> findings(const std::string& members, bool bare = false) {
  const std::string required = R"("schema": "tactful/contact/1", "key": "p", "fixed_offset": "Z")";
  std::vector<std::string> list;
  const auto file =
      parse_contact_policy("{" + (bare ? members : required + (members.empty() ? "" : ", " + members)) + "}");
  for (const Diagnostic& one : file.diagnostics) {
    list.push_back(std::string(to_string(one.severity)) + " " + one.rule + " " + one.pointer);
    EXPECT_FALSE(one.message.empty());
  }
  EXPECT_EQ(file.policy.has_value(), !has_errors(file.diagnostics));
  return list;
}

struct Mistake {
  const char* members;
  const char* finding;
};

class PolicyMistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(PolicyMistakes, AreFoundAtTheirPlace) {
  EXPECT_THAT(findings(GetParam().members), Contains(GetParam().finding));
}

INSTANTIATE_TEST_SUITE_P(
    Policy, PolicyMistakes,
    ::testing::Values(
        Mistake{R"("hour": [])", "error unknown-field /hour"}, Mistake{R"("title": 7)", "error type /title"},
        Mistake{R"("hours": [{"from": "8:00"}])", "error clock /hours/0/from"},
        Mistake{R"("hours": [{"from": "24:01"}])", "error clock /hours/0/from"},
        Mistake{R"("hours": [{"from": "20:00", "until": "08:00"}])", "error window /hours/0"},
        Mistake{R"("hours": [{"weekdays": []}])", "error window /hours/0/weekdays"},
        Mistake{R"("hours": [{"days": "workday"}])", "error choice /hours/0/days"},
        Mistake{R"("hours": [{"channels": ["SMS"]}])", "error key /hours/0/channels/0"},
        Mistake{R"("hours": [7])", "error type /hours/0"},
        Mistake{R"("working_days": ["monday"])", "error choice /working_days/0"},
        Mistake{R"("holidays": ["2026-13-01"])", "error date /holidays/0"},
        Mistake{R"("holidays": ["2026-10-01", "2026-10-01"])", "error duplicate /holidays/1"},
        Mistake{R"("holidays": ["2026-10-01"], "make_up_days": ["2026-10-01"])", "error holiday /make_up_days"},
        Mistake{R"("consent": {"default": "yes"})", "error choice /consent/default"},
        Mistake{R"("consent": {"My Purpose": "opt_in"})", "error key /consent/My Purpose"},
        Mistake{R"("caps": [{"period": "year", "most": 1}])", "error duration /caps/0/period"},
        Mistake{R"("caps": [{"period": "day", "most": 0}])", "error range /caps/0/most"},
        Mistake{R"("caps": [{}])", "error missing /caps/0/most"},
        Mistake{R"("intervals": [{"minimum": 24}])", "error duration /intervals/0/minimum"},
        Mistake{R"("tiers": [{"key": "a", "segment": "s", "values": ["v"]}])", "warning empty-tier /tiers/0"},
        Mistake{
            R"("tiers": [{"key": "a", "segment": "s", "values": ["v"]}, {"key": "a", "segment": "s", "values": ["w"]}])",
            "error duplicate /tiers/1/key"},
        Mistake{R"("tiers": [{"key": "a", "segment": "s", "values": []}])", "warning empty-tier /tiers/0/values"},
        Mistake{R"("hours": [{"channels": ["call"], "from": "09:00"}])", "warning no-hours /hours"},
        Mistake{R"("cool_down": {"escalatd": "3d", "normal": "1d"})", "warning cool-down /cool_down/escalatd"},
        Mistake{R"("cool_down": {"escalated": "3d"})", "warning cool-down /cool_down"},
        Mistake{R"("failed_attempts": {"most": 3})", "error missing /failed_attempts/hold"},
        Mistake{R"("add_ons": 2)", "error range /add_ons"},
        Mistake{R"("cool_down": {"normal": "soon"})", "error duration /cool_down/normal"},
        Mistake{R"("priority": "vip")", "error choice /priority"},
        Mistake{R"("tickets": {"states": ["a"], "initial": "b", "reminders": {}})", "error state /tickets/initial"},
        Mistake{R"("tickets": {"states": ["a"], "initial": "a", "transitions": {"a": ["c"]}, "reminders": {}})",
                "error state /tickets/transitions/a"},
        Mistake{R"("tickets": {"states": ["a", "b"], "initial": "a", "reminders": {"default": ["b"]}})",
                "warning unreachable /tickets/states/1"},
        Mistake{R"("tickets": {"states": ["a"], "initial": "a", "reminders": {"x": []}})",
                "warning never-allowed /tickets/reminders/x"},
        Mistake{R"("tickets": {"states": ["a"], "initial": "a", "reminders": {"x": ["a"]}})",
                "warning no-default /tickets/reminders"},
        Mistake{R"("ladder": {"respond_within": "1d", "steps": [{"key": "a", "action": "remind", "after": "2d"},
                                                             {"key": "b", "action": "remind", "after": "1d"}]})",
                "error ladder-order /ladder/steps/1/after"},
        Mistake{R"("ladder": {"respond_within": "1d", "steps": [{"key": "a", "action": "escalate"}]})",
                "warning never-overdue /ladder/steps/0"},
        Mistake{R"("ladder": {"respond_within": "1d", "steps": [{"key": "a", "action": "remind", "within": "1d"}]})",
                "error ladder-step /ladder/steps/0/within"},
        Mistake{
            R"("ladder": {"respond_within": "1d", "steps": [{"key": "a", "action": "escalate", "experiment": "x", "within": "1d"}]})",
            "error ladder-step /ladder/steps/0/experiment"},
        Mistake{R"("ladder": {"steps": [{"key": "a", "action": "call"}]})", "error choice /ladder/steps/0/action"},
        Mistake{"\"title\": \"\"", "warning no-caps /caps"}, Mistake{"\"title\": \"\"", "warning no-hours /hours"}));

TEST(ContactPolicy, ReportsEveryMistakeAtOnce) {
  EXPECT_THAT(findings(R"("schema": "tactful/contact/9", "key": "A B", "fixed_offset": "east", "nonsense": 1)", true),
              IsSupersetOf({"error schema /schema", "error key /key", "error utc-offset /fixed_offset",
                            "error unknown-field /nonsense"}));
  EXPECT_THAT(findings("", true),
              IsSupersetOf({"error missing /schema", "error missing /key", "error missing /fixed_offset"}));
  const ContactPolicyFile none = parse_contact_policy("{\"key\": ", "p.json");
  ASSERT_EQ(none.diagnostics.size(), 1u);
  EXPECT_EQ(none.diagnostics[0].rule, "json");
}

TEST(ContactPolicy, TheFileIsNamedAfterItsKey) {
  const TempDir folder;
  const std::string text = R"({"schema": "tactful/contact/1", "key": "p", "fixed_offset": "Z"})";
  EXPECT_TRUE(read_contact_policy(folder.write("p.json", text))->policy);
  EXPECT_FALSE(read_contact_policy(folder.write("q.json", text))->policy);
  EXPECT_EQ(read_contact_policy(folder / "none.json").error().code, ErrorCode::kNotFound);
}

TEST(ContactPolicy, TheFingerprintHoldsTheRulesAndNotTheirTitle) {
  const std::string base = fingerprint(policy());
  EXPECT_EQ(base.size(), 32u);
  EXPECT_EQ(fingerprint(policy(R"("title": "Another", "sources": ["law"])")), base);
  for (const char* change :
       {R"("hours": [{"from": "09:00"}])", R"("caps": [{"period": "day", "most": 1}])", R"("add_ons": 0)",
        R"("priority": "person")", R"("holidays": ["2026-10-01"])", R"("cool_down": {"default": "1d"})"}) {
    EXPECT_NE(fingerprint(policy(change)), base) << change;
  }
}

class BuiltIn : public ::testing::TestWithParam<const char*> {};

TEST_P(BuiltIn, IsGoodCompleteAndReadsBackEqual) {
  const fs::path file = fs::path(TACTFUL_SOURCE_DIR) / "experiments" / "contact" / (std::string(GetParam()) + ".json");
  const auto read = read_contact_policy(file);
  ASSERT_TRUE(read);
  EXPECT_THAT(describe(read->diagnostics, file.string()), IsEmpty());
  const ContactPolicy& policy = read->policy.value();
  EXPECT_GE(policy.sources.size(), 4u);
  EXPECT_EQ(parse_contact_policy(to_json(policy).dump()).policy, policy);
  EXPECT_TRUE(TimeZones().find(policy.time_zone));
  // No channel may be used at three in the morning, whatever the day.
  const TimeZone zone = TimeZone::fixed(policy.fixed_offset);
  for (int day = 0; day < 400; ++day)
    for (const char* channel : {"sms", "call", "email"})
      ASSERT_FALSE(policy.hours.is_open(channel, zone.first_moment(20'454 + day, 180), zone));
  EXPECT_EQ(policy.basis_of("commercial"), ConsentBasis::kOptIn);
}

INSTANTIATE_TEST_SUITE_P(Region, BuiltIn, ::testing::Values("cn", "eu", "us"));

TEST(ContactSchema, NamesTheFieldsThatTheParserReads) {
  const fs::path root = TACTFUL_SOURCE_DIR;
  const Json schema = parse_json(read_file(root / "docs" / "spec" / "contact.schema.json").value()).value();
  const Json written = to_json(*read_contact_policy(root / "experiments" / "contact" / "cn.json")->policy);
  const auto names = [](const Json& object) {
    std::vector<std::string> result;
    for (const Json::Member& member : object.as_object())
      if (member.first != "$schema") result.push_back(member.first);
    return result;
  };
  const Json& top = *schema.find("properties");
  EXPECT_THAT(names(top), UnorderedElementsAreArray(names(written)));
  for (const char* name : {"failed_attempts", "tickets", "ladder"})
    EXPECT_THAT(names(*top.find(name)->find("properties")), UnorderedElementsAreArray(names(*written.find(name))));
  for (const char* name : {"caps", "intervals"}) {
    EXPECT_THAT(names(*schema.find("$defs")->find(name)->find("items")->find("properties")),
                UnorderedElementsAreArray(names(written.find(name)->as_array()[0])));
  }
}

}  // namespace
}  // namespace tactful::test
