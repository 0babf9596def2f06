// The contact state in forget and export-subject.
#include <gmock/gmock.h>

#include "run_program.hpp"
#include "tactful/contact/contact_state.hpp"
#include "tactful/core/file.hpp"

namespace tactful::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// One customer with an event, an opt-out and a place on the priority list, another with an opt-out.
class SubjectContact : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string exposures = folder_.write("exposures.csv",
                                                "unit,variant,at\nli,control,2026-05-12T10:00:00Z\n"
                                                "wang,kind,2026-05-12T10:00:00Z\n");
    const RunResult imported =
        run_program({"import", "--experiment", folder_.write("late-fee.json", small_experiment()), "--store", store_,
                     "--exposures", exposures});
    ASSERT_EQ(imported.exit_code, 0) << imported.err;
    ASSERT_EQ(run_program({"contact", "init", "--state", state_}).exit_code, 0);
    ASSERT_EQ(run_program({"contact", "opt-out", "--state", state_, "--id-file", "-"}, "li\nwang\n").exit_code, 0);
    const std::string priority = folder_.write("priority.csv", "unit,at\nli,2026-05-01T00:00Z\n");
    const RunResult listed =
        run_program({"contact", "import", "--state", state_, "--list", "priority", "--file", priority});
    ASSERT_EQ(listed.exit_code, 0) << listed.err;
  }
  RunResult with_state(std::vector<std::string> words, const std::string& id = "li\n") const {
    words.insert(words.end(),
                 {"--id-file", "-", "--store", store_, "--contact", state_, "--contact-key", key_, "--json"});
    return run_program(words, id);
  }
  /// What the state holds of a customer: objections and places on lists.
  std::pair<std::size_t, std::size_t> held(const std::string& id) const {
    ContactStateOptions options;
    options.read_only = true;
    const auto state = ContactState::open(state_, ContactPseudonymizer::from_key_file(key_).value(), options);
    const UnitFacts facts = (*state)->facts(id).value();
    return {facts.consents.size(), facts.lists.size()};
  }
  static std::int64_t number(const Json& receipt, const char* member) {
    return receipt.find("contact")->find(member)->as_integer();
  }

  const TempFolder folder_;
  const std::string store_ = folder_.file("pilot.db"), state_ = folder_.file("contact.db"), key_ = state_ + ".key";
};

using Held = std::pair<std::size_t, std::size_t>;

TEST_F(SubjectContact, ADryRunCountsWhatWouldGo) {
  const std::string before = read_file(state_).value();
  const RunResult dry = with_state({"forget", "--dry-run"}, "li\nnobody\n");
  ASSERT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_EQ(number(json_of(dry.out), "customers"), 1);
  EXPECT_EQ(number(json_of(dry.out), "rows"), 1) << "the objection would stay";
  EXPECT_FALSE(json_of(dry.out).find("complete")->as_bool());
  EXPECT_EQ(number(json_of(with_state({"forget", "--dry-run", "--forget-objections"}).out), "rows"), 2);
  const Json objector = json_of(with_state({"forget", "--dry-run"}, "wang").out);
  EXPECT_EQ(number(objector, "customers") + number(objector, "rows"), 0) << "nothing of that customer would go";
  EXPECT_EQ(read_file(state_).value(), before);
  EXPECT_EQ(held("li"), Held(1, 1));
}

TEST_F(SubjectContact, ForgettingKeepsObjections) {
  const RunResult run = with_state({"forget", "--yes"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json receipt = json_of(run.out);
  EXPECT_EQ(number(receipt, "customers"), 1);
  EXPECT_EQ(number(receipt, "rows"), 1);
  EXPECT_EQ(receipt.find("store")->find("events")->as_integer(), 1);
  EXPECT_TRUE(receipt.find("complete")->as_bool());
  EXPECT_EQ(held("li"), Held(1, 0)) << "else they would be contacted again";
  EXPECT_EQ(held("wang"), Held(1, 0)) << "nobody else";
  const Json again = json_of(with_state({"forget", "--yes"}).out);
  EXPECT_EQ(number(again, "customers") + number(again, "rows"), 0);
}

TEST_F(SubjectContact, ForgettingObjectionsTooIsSaidExpressly) {
  const Json receipt = json_of(with_state({"forget", "--yes", "--forget-objections"}).out);
  EXPECT_EQ(number(receipt, "rows"), 2);
  EXPECT_EQ(held("li"), Held(0, 0));
  EXPECT_EQ(held("wang"), Held(1, 0));
}

TEST_F(SubjectContact, ExportShowsItsRows) {
  const RunResult run = with_state({"export-subject"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json answer = json_of(run.out);
  EXPECT_EQ(answer.find("store")->find("events")->as_array().size(), 1u);
  const Json* contact = answer.find("contact");
  ASSERT_TRUE(contact->is_object());
  ASSERT_EQ(contact->find("consents")->as_array().size(), 1u);
  EXPECT_EQ(contact->find("consents")->as_array()[0].find("kind")->as_string(), "opt_out");
  ASSERT_EQ(contact->find("lists")->as_array().size(), 1u);
  EXPECT_EQ(contact->find("lists")->as_array()[0].find("list")->as_string(), "priority");
  const Json nobody = json_of(with_state({"export-subject"}, "nobody").out);
  EXPECT_THAT(nobody.find("contact")->find("consents")->as_array(), IsEmpty());
}

TEST_F(SubjectContact, AnotherKeyIsRefusedBeforeAnythingIsDone) {
  const std::string before = read_file(store_, 1u << 30).value();
  for (const char* command : {"forget", "export-subject"}) {
    // Without --contact-key it is the store's, which is not that of the state.
    std::vector<std::string> words = {command, "--id-file", "-", "--store", store_, "--contact", state_};
    if (words[0] == "forget") words.emplace_back("--yes");
    const RunResult run = run_program(words, "li");
    EXPECT_EQ(run.exit_code, 1) << command;
    EXPECT_THAT(run.err, HasSubstr("key")) << command;
    EXPECT_THAT(run.out, IsEmpty()) << command;
    EXPECT_THAT(run.err, Not(HasSubstr("li\n")));
  }
  std::vector<std::string> absent = {"forget",        "--yes",
                                     "--id-file",     "-",
                                     "--store",       store_,
                                     "--contact",     state_,
                                     "--contact-key", folder_.file("absent.key")};
  EXPECT_EQ(run_program(absent, "li").exit_code, 1);
  absent = {"forget", "--yes", "--id-file", "-", "--store", store_, "--contact", folder_.file("absent.db")};
  EXPECT_EQ(run_program(absent, "li").exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder_.file("absent.db"))) << "nothing makes a state anew";
  EXPECT_EQ(held("li"), Held(1, 1));
  EXPECT_EQ(read_file(store_, 1u << 30).value(), before);
}

}  // namespace
}  // namespace tactful::test
