// `contact`, `due`, and contact policies in `check`.
#include <gmock/gmock.h>

#include "run_program.hpp"
#include "tactful/contact/contact_state.hpp"
#include "tactful/core/file.hpp"

namespace tactful::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const char* const kPolicy = R"({"schema": "tactful/contact/1", "key": "p", "fixed_offset": "+08:00",
  "hours": [{"from": "09:00", "until": "20:00"}], "consent": {"default": "opt_out"}, "caps": [{"period": "week", "most": 1}],
  "ladder": {"respond_within": "2d", "steps": [{"key": "second", "action": "remind"},
             {"key": "escalation", "action": "escalate", "after": "1d", "within": "1d"}]}})";

class ContactCommand : public ::testing::Test {
 protected:
  ContactCommand() { std::filesystem::create_directory(folder_.path() / "contact"); }

  [[nodiscard]] RunResult contact(std::vector<std::string> words, std::string_view input = "") const {
    words.insert(words.begin(), "contact");
    words.insert(words.end(), {"--state", folder_.file("c.db"), "--now", "2026-05-14T12:00:00+08:00"});
    return run_program(words, input);
  }
  [[nodiscard]] std::string decision(const std::string& unit) const {
    const RunResult shown = contact({"show", "--id-file", "-", "--policy", policy_, "--json"}, unit);
    const Json json = json_of(shown.out);
    const Json& decided = *json.find("customers")->as_array().at(0).find("decision");
    return decided.find("verdict")->as_string() + " " + decided.find("reason")->as_string();
  }
  // A sender contacts a customer.
  void reserve(const std::string& unit) const {
    auto key = ContactPseudonymizer::from_key_file(folder_.file("c.db.key"));
    auto state = ContactState::open(folder_.file("c.db"), std::move(key).value());
    ContactRequest request;
    request.unit = unit;
    request.channel = "sms";
    request.experiment = "late-fee";
    const ContactPolicyFile rules = parse_contact_policy(kPolicy);
    const TimeMs now = parse_time("2026-05-14T12:00:00+08:00").value();
    ASSERT_TRUE((*state)->reserve(*rules.policy, request, "m-1", now).decision.is_allowed());
  }

  void init() const { ASSERT_EQ(run_program({"contact", "init", "--state", folder_.file("c.db")}).exit_code, 0); }

  const TempFolder folder_;
  const std::string policy_ = [this] {
    std::filesystem::create_directory(folder_.path() / "contact");
    return folder_.write("contact/p.json", kPolicy);
  }();
};

TEST_F(ContactCommand, OptsOutAndInAndShowsWhatIsKnown) {
  // Nothing makes a missing state anew but who asks for it.
  const RunResult missing = contact({"opt-out", "--id-file", "-"}, "li");
  EXPECT_NE(missing.exit_code, 0);
  EXPECT_THAT(missing.err, HasSubstr("tactful contact init"));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("c.db")));
  const RunResult made = run_program({"contact", "init", "--state", folder_.file("c.db")});
  EXPECT_EQ(made.out, "init: 1 new entry, 0 known before\n");
  EXPECT_THAT(made.err, HasSubstr("made the key"));
  EXPECT_EQ(run_program({"contact", "init", "--state", folder_.file("c.db")}).out,
            "init: 0 new entries, 1 known before\n");
  const RunResult out = contact({"opt-out", "--id-file", "-"}, "li\nwang\nli\n");
  EXPECT_EQ(out.exit_code, 0) << out.err;
  EXPECT_EQ(out.out, "opt-out: 2 new entries, 0 known before\n");
  EXPECT_EQ(decision("li"), "do_not_contact opted_out");
  EXPECT_EQ(decision("zhao"), "allowed allowed");
  EXPECT_EQ(contact({"opt-out", "--id-file", "-"}, "li").out, "opt-out: 0 new entries, 1 known before\n");
  const RunResult table = contact({"show", "--id-file", "-", "--policy", policy_}, "li");
  EXPECT_THAT(table.out, HasSubstr("opt_out, every purpose, every channel"));
  EXPECT_THAT(table.out, HasSubstr("do_not_contact: opted_out"));
  EXPECT_THAT(table.out, Not(HasSubstr("li\n")));
  const auto later = run_program(
      {"contact", "opt-in", "--state", folder_.file("c.db"), "--id-file", "-", "--now", "2026-05-14T12:00:01+08:00"},
      "li");
  EXPECT_EQ(later.out, "opt-in: 1 new entry, 0 known before\n");
  EXPECT_EQ(run_program({"contact", "show", "--state", folder_.file("c.db"), "--id-file", "-", "--format", "csv"}, "li")
                .exit_code,
            0);
}

TEST_F(ContactCommand, SaysUnderWhichPolicyContactsWereMade) {
  init();
  EXPECT_EQ(contact({"policies"}).out, "no contact on record names its policy\n");
  reserve("li");
  const std::string print = fingerprint(*parse_contact_policy(kPolicy).policy);
  const Json json = json_of(contact({"policies", "--json"}).out);
  const Json& one = json.find("policies")->as_array().at(0);
  EXPECT_EQ(one.find("fingerprint")->as_string(), print);
  EXPECT_EQ(one.find("contacts")->as_integer(), 1);
  EXPECT_EQ(one.find("first_at")->as_string(), "2026-05-14T04:00:00.000Z");
  EXPECT_EQ(fingerprint(*parse_contact_policy(one.find("rules")->dump()).policy), print);
  EXPECT_THAT(contact({"policies"}).out, HasSubstr(print));
  const RunResult shown = contact({"show", "--id-file", "-"}, "li");
  EXPECT_THAT(shown.out, HasSubstr("by policy p " + print.substr(0, 8)));
}

TEST_F(ContactCommand, ImportsListsAsAWholeOrNotAtAll) {
  const std::string good =
      folder_.write("dnc.csv", "unit,channel,at\nli,call,2026-05-01T00:00Z\nwang,,2026-05-01T00:00Z\n");
  EXPECT_EQ(contact({"import", "--list", "do-not-contact", "--file", good}).exit_code,
            contact({"opt-out", "--id-file", "-"}, "li").exit_code);  // there is no state yet
  EXPECT_FALSE(std::filesystem::exists(folder_.file("c.db")));
  init();
  EXPECT_EQ(contact({"import", "--list", "do-not-contact", "--file", good, "--dry-run"}).out,
            "import: 2 new entries, 0 known before\n");
  EXPECT_EQ(decision("wang"), "allowed allowed");
  EXPECT_EQ(contact({"import", "--list", "do-not-contact", "--file", good}).out,
            "import: 2 new entries, 0 known before\n");
  EXPECT_EQ(contact({"import", "--list", "do-not-contact", "--file", good}).out,
            "import: 0 new entries, 2 known before\n");
  EXPECT_EQ(decision("wang"), "do_not_contact do_not_contact_list");
  EXPECT_EQ(decision("li"), "allowed allowed");  // calls only
  const std::string consent =
      folder_.write("consent.csv", "unit,kind,purpose,at\nsun,opt_out,service,2026-05-01T00:00Z\n");
  EXPECT_EQ(contact({"import", "--list", "consent", "--file", consent}).exit_code, 0);
  EXPECT_EQ(decision("sun"), "do_not_contact opted_out");

  const std::string bad = folder_.write("bad.csv", "unit,channel\nqian,\nsun,SMS\n");
  const RunResult refused = contact({"import", "--list", "do-not-contact", "--file", bad});
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_THAT(refused.err, HasSubstr("bad.csv:3"));
  EXPECT_EQ(decision("qian"), "allowed allowed");  // nothing of it was written
  EXPECT_EQ(contact({"import", "--list", "dnc", "--file", good}).exit_code, 2);
  EXPECT_EQ(contact({"import", "--list", "priority"}).exit_code, 2);
  EXPECT_EQ(contact({"import", "--list", "consent", "--file", good}).exit_code, 4);  // no kind
  EXPECT_EQ(contact({"shw"}).exit_code, 2);
  EXPECT_THAT(contact({"shw"}).err, HasSubstr("show"));
}

TEST_F(ContactCommand, AnImportedPermissionNeedsItsTimeAndEveryTimeItsZone) {
  init();
  ASSERT_EQ(contact({"opt-out", "--id-file", "-"}, "li").exit_code, 0);
  const auto import = [&](const std::string& list, const std::string& rows, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"import", "--list", list, "--file", folder_.write("in.csv", rows)};
    words.insert(words.end(), more.begin(), more.end());
    return contact(words);
  };
  const RunResult undated = import("consent", "unit,kind\nli,opt_in\n");
  EXPECT_EQ(undated.exit_code, 4);
  EXPECT_THAT(undated.err, HasSubstr("in.csv:2"));
  EXPECT_EQ(import("do-not-contact", "unit,on\nli,0\n").exit_code, 4);
  EXPECT_EQ(import("consent", "unit,kind\nwang,opt_out\n").exit_code, 0);
  EXPECT_EQ(decision("wang"), "do_not_contact opted_out");
  // 11:30 by a clock in Shanghai is before the objection of 12:00; read as UTC it would be after it.
  const std::string row = "unit,kind,at\nli,opt_in,2026-05-14 11:30\n";
  EXPECT_EQ(import("consent", row).exit_code, 4);
  EXPECT_THAT(import("consent", row).err, HasSubstr("--zone"));
  EXPECT_EQ(import("consent", row, {"--zone", "Nowhere/City"}).exit_code != 0, true);
  EXPECT_EQ(import("consent", row, {"--zone", "Asia/Shanghai"}).exit_code, 0);
  EXPECT_EQ(decision("li"), "do_not_contact opted_out");
  const RunResult shown = contact({"show", "--id-file", "-", "--json"}, "li");
  EXPECT_THAT(shown.out, HasSubstr("2026-05-14T03:30:00.000Z"));
  // A permission of the future is none yet.
  EXPECT_EQ(import("consent", "unit,kind,at\nli,opt_in,2026-05-15T00:00+08:00\n").exit_code, 0);
  EXPECT_EQ(decision("li"), "do_not_contact opted_out");
}

TEST_F(ContactCommand, ShowsWhatWasNotConsidered) {
  init();
  std::string text = replaced(kPolicy, "\"caps\"", R"("tiers": [{"key": "new", "segment": "tier", "values": ["new"],
      "caps": [{"period": "day", "most": 1}]}], "tickets": {"states": ["open", "closed"], "initial": "open",
      "transitions": {"open": ["closed"]}, "reminders": {"default": ["open"]}}, "caps")");
  const std::string rules = folder_.write("contact/p.json", text);
  const auto show = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"show", "--id-file", "-", "--policy", rules, "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return contact(words, "li");
  };
  const std::string bare = show({}).out;
  EXPECT_THAT(bare, HasSubstr("tier new (--segment tier=VALUE)"));
  EXPECT_THAT(bare, HasSubstr("--ticket-state"));
  const std::string told =
      show({"--segment", "tier=new", "--ticket-state", "closed", "--reminder", "a", "--zone", "Asia/Shanghai"}).out;
  EXPECT_THAT(told, HasSubstr("\"reason\": \"ticket_state\""));
  EXPECT_THAT(told, Not(HasSubstr("--")));
  EXPECT_EQ(show({"--ticket-state", "opne"}).exit_code, 2);
}

TEST_F(ContactCommand, DueNamesThePersonAndWhy) {
  std::string experiment = small_experiment();
  folder_.write("late-fee.json", replaced(experiment, "{", R"({"accountable": "Zhao Min", "contact": "p", )"));
  init();
  reserve("li");
  const auto due = [&](const std::string& now, const std::vector<std::string>& more = {}, std::string_view input = "") {
    std::vector<std::string> words = {"due", folder_.path().string(), "--state", folder_.file("c.db"), "--now", now};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words, input);
  };
  EXPECT_EQ(due("2026-05-16T11:00:00+08:00").out, "nothing is due\n");
  const Json second = json_of(due("2026-05-16T12:00:00+08:00", {"--json"}).out);
  const Json& step = second.find("steps")->as_array().at(0);
  EXPECT_EQ(step.find("step")->as_string(), "second");
  EXPECT_EQ(step.find("verdict")->as_string(), "hold");
  EXPECT_EQ(step.find("reason")->as_string(), "contact_cap");
  EXPECT_EQ(step.find("until")->as_string(), "2026-05-18T01:00:00.000Z");
  const RunResult late = due("2026-05-18T12:00:00+08:00", {"--id-file", "-", "--format", "csv"}, "li\nwang\n");
  EXPECT_THAT(late.out, HasSubstr(",li,second,remind,"));  // a new week
  const std::string handle = step.find("contact")->as_string();
  const RunResult misspelt = due("2026-05-18T12:00:00+08:00", {"--take", handle, "--step", "secnd"});
  EXPECT_EQ(misspelt.exit_code, 2);
  EXPECT_THAT(misspelt.err, HasSubstr("did you mean second?"));
  EXPECT_EQ(due("2026-05-18T12:00:00+08:00", {"--take", handle, "--step", "second"}).exit_code, 0);
  EXPECT_THAT(due("2026-05-18T12:00:00+08:00").out, HasSubstr("OVERDUE: escalate to accountable Zhao Min"));
  EXPECT_EQ(due("2026-05-18T12:00:00+08:00", {"--take", "12"}).exit_code, 2);
  EXPECT_EQ(due("2026-05-18T12:00:00+08:00", {"--take", handle}).exit_code, 2);
}

TEST_F(ContactCommand, CheckReadsPoliciesAndMissesThem) {
  folder_.write("late-fee.json", replaced(small_experiment(), "{", R"({"contact": "p", )"));
  const RunResult good = run_program({"check", folder_.path().string(), "--json"});
  EXPECT_THAT(good.out, HasSubstr("\"kind\": \"contact\""));
  EXPECT_EQ(good.exit_code, 0) << good.out;
  folder_.write("late-fee.json", replaced(small_experiment(), "{", R"({"contact": "q", )"));
  const RunResult missing = run_program({"check", folder_.path().string()});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.out, HasSubstr("[contact-policy]"));
  folder_.write("contact/p.json",
                R"({"schema": "tactful/contact/1", "key": "p", "fixed_offset": "Z", "time_zone": "Asia/Shanghia"})");
  EXPECT_THAT(run_program({"check", folder_.file("contact/p.json")}).out, HasSubstr("[time-zone]"));
  folder_.write("contact/p.json",
                R"({"schema": "tactful/contact/1", "key": "p", "caps": [{"period": "yearly", "most": 0}]})");
  const RunResult bad = run_program({"check", folder_.file("contact/p.json")});
  EXPECT_EQ(bad.exit_code, 3);
  for (const char* rule : {"[missing]", "[duration]", "[range]"}) EXPECT_THAT(bad.out, HasSubstr(rule));
}

}  // namespace
}  // namespace tactful::test
