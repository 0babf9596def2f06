// forget, export-subject, purge, compact, quarantine as a user runs them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "run_program.hpp"
#include "tactful/core/descriptor.hpp"
#include "tactful/core/file.hpp"
#include "tactful/experiment/experiment_file.hpp"
#include "tactful/experiment/ledger.hpp"
#include "tactful/journal/erasure.hpp"
#include "tactful/journal/journal.hpp"
#include "tactful/journal/journal_reader.hpp"
#include "tactful/store/store.hpp"

namespace tactful::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class StillClock final : public Clock {
 public:
  [[nodiscard]] TimeMs now_ms() const noexcept override { return 1'780'000'000'000; }
};

template <typename Condition>
bool comes_true(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

class Retention : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string exposures = "unit,variant,at,event_id\n", outcomes = "unit,kind,at,value,event_id\n";
    for (int i = 0; i < 100; ++i) {
      const std::string id = "customer " + std::to_string(i);
      exposures += id + (i % 2 == 0 ? ",control," : ",kind,") + "2026-05-" + std::to_string(11 + i % 10) +
                   "T10:00:00Z,x" + std::to_string(i) + "\n";
      if (i % 4 == 0) outcomes += id + ",converted,2026-05-25T10:00:00Z,1,o" + std::to_string(i) + "\n";
    }
    outcomes += "customer 8,converted,2026-05-26T10:00:00Z,3,o8\n";  // another payload under a known id
    exposures_ = folder_.write("exposures.csv", exposures);
    outcomes_ = folder_.write("outcomes.csv", outcomes);
    const RunResult run = import();
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  RunResult import() const {
    return run_program({"import", "--experiment", file_, "--store", store_, "--exposures", exposures_, "--outcomes",
                        outcomes_, "--json"});
  }
  RunResult with_ids(std::vector<std::string> words, const std::string& ids) const {
    words.insert(words.end(), {"--id-file", "-", "--store", store_, "--json"});
    return run_program(words, ids);
  }
  UnitId unit(const std::string& id) const {
    return Pseudonymizer::from_key_file(store_ + ".key", "reminders")->unit(id);
  }
  /// Words of `forget` for a running owner on a machine however slow.
  static std::vector<std::string> patiently(const std::string& journals) {
    return {"forget", "--yes", "--wait", "120", "--journals", journals};
  }
  /// A journal of the store's key, and whoever writes it.
  std::unique_ptr<Journal> open_journal() {
    const auto pseudonymizer = Pseudonymizer::from_key_file(store_ + ".key", "reminders").value();
    auto journal = Journal::open(folder_.path() / "journals", pseudonymizer, clock_);
    EXPECT_TRUE(journal.has_value());
    for (const char* unit : {"customer 8", "customer 9"}) {
      Event event;
      event.unit = unit;
      event.at = 1'779'000'000'000;
      event.event_id = unit;
      event.source = "crm";
      event.kind = "converted";
      EXPECT_TRUE((*journal)->record(event));
    }
    EXPECT_TRUE((*journal)->flush());
    return std::move(journal).value();
  }

  const StillClock clock_;
  const TempFolder folder_;
  const std::string file_ = folder_.write("late-fee.json", small_experiment());
  const std::string store_ = folder_.file("pilot.db");
  std::string exposures_, outcomes_;
};

TEST_F(Retention, ForgettingNeedsAYesAndPrintsNoId) {
  const RunResult unasked = with_ids({"forget"}, "customer 8\n");
  EXPECT_EQ(unasked.exit_code, 2);
  EXPECT_THAT(unasked.err, HasSubstr("--yes"));
  const Json dry = json_of(with_ids({"forget", "--dry-run"}, "customer 8\ncustomer 8\n\n  nobody \n").out);
  EXPECT_EQ(dry.find("units")->as_integer(), 2);
  EXPECT_EQ(dry.find("store")->find("events")->as_integer(), 2);
  EXPECT_FALSE(dry.find("complete")->as_bool());
  const RunResult run = with_ids({"forget", "--yes"}, "customer 8\r\nnobody");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json receipt = json_of(run.out);
  EXPECT_EQ(receipt.find("schema")->as_string(), "tactful/erasure-receipt/1");
  EXPECT_EQ(receipt.find("store")->find("units_found")->as_integer(), 1);
  EXPECT_EQ(receipt.find("store")->find("events")->as_integer(), 2);
  EXPECT_EQ(receipt.find("store")->find("quarantined")->as_integer(), 1);
  EXPECT_TRUE(receipt.find("journals")->is_null());
  EXPECT_TRUE(receipt.find("complete")->as_bool());
  EXPECT_THAT(run.out + run.err + unasked.err, Not(HasSubstr("customer 8")));
  const Json again = json_of(import().out);
  EXPECT_EQ(again.find("forgotten")->as_integer(), 3);
  EXPECT_EQ(again.find("added")->as_integer(), 0);
}

TEST_F(Retention, ForgettingReachesJournals) {
  auto owner = open_journal();
  const std::string journals = folder_.file("journals");
  const Json dry = json_of(with_ids({"forget", "--dry-run", "--journals", journals}, "customer 8").out);
  EXPECT_EQ(dry.find("journals")->find("events")->as_integer(), 1);
  ASSERT_TRUE(request_erasure(journals, std::vector{unit("customer 9")}));  // somebody else's
  const Json receipt = json_of(with_ids(patiently(journals), "customer 8").out);
  EXPECT_EQ(receipt.find("journals")->find("journals")->as_integer(), 1);
  EXPECT_EQ(receipt.find("journals")->find("events")->as_integer(), 1) << "by the running owner, and only of this one";
  EXPECT_THAT(receipt.find("journals")->find("pending")->as_array(), IsEmpty());
  EXPECT_TRUE(receipt.find("complete")->as_bool());
  EXPECT_TRUE(receipt.find("error")->is_null());
  const auto file = owner->file();
  ASSERT_TRUE(comes_true([&] { return pending_erasures(file)->empty(); })) << "the other's request is done, too";
  owner.reset();
  EXPECT_EQ(JournalReader::open(file).value()->erasures()->size(), 2u);
  const Json again = json_of(with_ids(patiently(journals), "customer 8").out);
  EXPECT_TRUE(again.find("complete")->as_bool());
  EXPECT_EQ(again.find("journals")->find("events")->as_integer(), 0);
  EXPECT_EQ(JournalReader::open(file).value()->erasures()->size(), 2u) << "nothing is left to ask for";
  const RunResult collected = run_program({"collect", journals, "--store", store_, "--json"});
  EXPECT_EQ(json_of(collected.out).find("total")->find("added")->as_integer(), 0) << collected.out << collected.err;
}

TEST_F(Retention, ForgettingTellsWhatAnOwnerHasNotDone) {
  auto owner = open_journal();
  const auto file = owner->file();
  owner.reset();
  const std::string journals = folder_.file("journals");
  {
    const Descriptor lock(::open((file.string() + ".lock").c_str(), O_RDWR | O_CLOEXEC));  // an owner that hangs
    ASSERT_EQ(::flock(lock.get(), LOCK_EX | LOCK_NB), 0);
    const RunResult run = with_ids({"forget", "--yes", "--wait", "0", "--journals", journals}, "customer 8");
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.err, HasSubstr("1 request waits for an owner"));
    const Json receipt = json_of(run.out);
    EXPECT_FALSE(receipt.find("complete")->as_bool());
    EXPECT_EQ(receipt.find("journals")->find("pending")->as_array().size(), 1u);
    EXPECT_EQ(receipt.find("journals")->find("events")->as_integer(), 0);
  }
  const Json again = json_of(with_ids({"forget", "--yes", "--wait", "0", "--journals", journals}, "customer 8").out);
  EXPECT_TRUE(again.find("complete")->as_bool()) << "with the owner gone nobody is waited for";
  EXPECT_EQ(pending_erasures(file)->size(), 0u);
  EXPECT_EQ(with_ids({"forget", "--yes", "--wait", "-1", "--journals", journals}, "customer 8").exit_code, 2);
}

TEST_F(Retention, CollectTellsWhomItKeptOut) {
  open_journal().reset();
  ASSERT_EQ(with_ids({"forget", "--yes"}, "customer 8").exit_code, 0);
  const RunResult run = run_program({"collect", folder_.file("journals"), "--store", store_, "--format", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("journal,read,new,duplicate,conflicting,forgotten,expired,remark"));
  EXPECT_THAT(run.out, HasSubstr("total,2,1,0,0,1,0,"));
  EXPECT_THAT(run.err, HasSubstr("1 event of a forgotten customer was kept out"));
}

TEST_F(Retention, CollectingGoesOnWhileForgettingWaits) {
  auto owner = open_journal();
  const auto file = owner->file();
  owner.reset();
  const std::string journals = folder_.file("journals");
  Descriptor lock(::open((file.string() + ".lock").c_str(), O_RDWR | O_CLOEXEC));  // an owner that takes its time
  ASSERT_EQ(::flock(lock.get(), LOCK_EX | LOCK_NB), 0);
  RunResult forgotten;
  std::thread forgetting([&] { forgotten = with_ids(patiently(journals), "customer 8"); });
  EXPECT_TRUE(comes_true([&] { return !pending_erasures(file)->empty(); }));
  const RunResult collected = run_program({"collect", journals, "--store", store_, "--json"});
  lock = Descriptor();
  forgetting.join();
  EXPECT_EQ(collected.exit_code, 0) << collected.err;
  EXPECT_EQ(json_of(collected.out).find("total")->find("added")->as_integer(), 1) << "customer 9's";
  ASSERT_EQ(forgotten.exit_code, 0) << forgotten.err;
  EXPECT_TRUE(json_of(forgotten.out).find("complete")->as_bool()) << "as soon as the owner is gone";
}

TEST_F(Retention, ForgettingFindsWhatIsWrongBeforeItChangesAnything) {
  open_journal().reset();
  const std::string empty = folder_.file("empty");
  std::filesystem::create_directory(empty);
  const std::string before = read_file(store_, 1u << 30).value();
  const RunResult nowhere = with_ids({"forget", "--yes", "--journals", empty}, "customer 8");
  EXPECT_EQ(nowhere.exit_code, 1);
  EXPECT_THAT(nowhere.err, HasSubstr("no journal"));
  const std::string contact = folder_.write("contact.db", "this is no contact state, however long it may be");
  const RunResult wrong =
      with_ids({"forget", "--yes", "--journals", folder_.file("journals"), "--contact", contact}, "customer 8");
  EXPECT_NE(wrong.exit_code, 0);
  EXPECT_THAT(wrong.out, IsEmpty());
  EXPECT_EQ(read_file(store_, 1u << 30).value(), before);
}

TEST_F(Retention, WhatWasErasedIsToldWhateverComesAfterIt) {
  auto owner = open_journal();
  const auto file = owner->file();
  owner.reset();
  std::ofstream(file.string() + ".erasures") << "in the way of the folder of requests";
  const RunResult run = with_ids({"forget", "--yes", "--journals", folder_.file("journals")}, "customer 8");
  EXPECT_NE(run.exit_code, 0);
  const Json receipt = json_of(run.out);
  EXPECT_EQ(receipt.find("store")->find("units_found")->as_integer(), 1);
  EXPECT_FALSE(receipt.find("complete")->as_bool());
  ASSERT_TRUE(receipt.find("error")->is_object());
  EXPECT_THAT(receipt.find("error")->find("message")->as_string(), HasSubstr("folder"));
  std::filesystem::remove(file.string() + ".erasures");
  const Json again = json_of(with_ids({"forget", "--yes", "--journals", folder_.file("journals")}, "customer 8").out);
  EXPECT_TRUE(again.find("complete")->as_bool());
  EXPECT_EQ(again.find("journals")->find("events")->as_integer(), 1);
}

TEST_F(Retention, ExportIsEverythingAboutOne) {
  open_journal().reset();
  const RunResult run = with_ids({"export-subject", "--journals", folder_.file("journals")}, "customer 8\n");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json answer = json_of(run.out);
  EXPECT_EQ(answer.find("schema")->as_string(), "tactful/subject/1");
  EXPECT_EQ(answer.find("store")->find("events")->as_array().size(), 2u);
  EXPECT_EQ(answer.find("store")->find("quarantined")->as_array().size(), 1u);
  ASSERT_EQ(answer.find("journals")->as_array().size(), 1u);
  EXPECT_EQ(answer.find("journals")->as_array()[0].find("events")->as_array()[0].find("kind")->as_string(),
            "converted");
  EXPECT_TRUE(answer.find("contact")->is_null());
  EXPECT_THAT(run.out, Not(HasSubstr("customer 8")));
  const Json nobody = json_of(with_ids({"export-subject"}, "nobody").out);
  EXPECT_THAT(nobody.find("store")->find("events")->as_array(), IsEmpty());
  EXPECT_EQ(with_ids({"export-subject"}, "customer 8\ncustomer 9\n").exit_code, 4);
  EXPECT_EQ(with_ids({"export-subject"}, "\n").exit_code, 4);
}

TEST_F(Retention, AnotherKeyFindsNobodyAndIsRefused) {
  ASSERT_TRUE(Pseudonymizer::create_key_file(folder_.file("other.key")));
  for (const char* command : {"forget", "export-subject"}) {
    const RunResult run = with_ids({command, "--key", folder_.file("other.key")}, "customer 8");
    EXPECT_EQ(run.exit_code, 1) << command << run.err;
    EXPECT_THAT(run.err, HasSubstr("belong to key")) << command;
  }
  const RunResult absent = with_ids({"forget", "--key", folder_.file("absent.key"), "--yes"}, "customer 8");
  EXPECT_EQ(absent.exit_code, 1);
}

TEST_F(Retention, PurgeKeepsStatistics) {
  EXPECT_EQ(run_program({"purge", file_, "--store", store_}).exit_code, 2);
  EXPECT_EQ(run_program({"purge", file_, "--store", store_, "--before", "2999-01-01", "--yes"}).exit_code, 2);
  const RunResult unnamed = run_program({"purge", "--store", store_, "--before", "2026-05-21", "--yes"});
  EXPECT_EQ(unnamed.exit_code, 1);
  EXPECT_THAT(unnamed.err, HasSubstr("late-fee"));
  const std::vector<std::string> words = {
      "purge", file_, "--store", store_, "--before", "2026-05-21", "--yes", "--aggregates", folder_.file("kept"),
      "--json"};
  const RunResult run = run_program(words);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json receipt = json_of(run.out);
  EXPECT_EQ(receipt.find("events")->as_integer(), 100);
  EXPECT_EQ(receipt.find("aggregates")->as_integer(), 1);
  std::string content;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.file("kept")))
    content += read_file(entry.path()).value_or("");
  const Json kept = json_of(content);
  EXPECT_EQ(kept.find("schema")->as_string(), "tactful/aggregate/1");
  const Json* pilot = kept.find("phases")->find("pilot");
  ASSERT_NE(pilot, nullptr);
  EXPECT_EQ(pilot->find("margins")->as_array()[0].find("arms")->as_array()[0].find("units")->as_integer(), 50);
  // Days of five customers a variant could tell of one of them.
  EXPECT_THAT(pilot->find("days")->as_array(), IsEmpty());
  EXPECT_GE(kept.find("cells_withheld")->as_integer(), 10);
  // 25 converted at ages of 5 to 14 days: two or three at each.
  const Json& control = pilot->find("margins")->as_array()[0].find("arms")->as_array()[0];
  EXPECT_EQ(control.find("metrics")->as_array()[0].find("ages"), nullptr);
  const Json again = json_of(run_program(words).out);
  EXPECT_EQ(again.find("events")->as_integer() + again.find("aggregates")->as_integer(), 0);
  EXPECT_EQ(receipt.find("reinstated")->as_integer(), 0);
  EXPECT_EQ(json_of(import().out).find("expired")->as_integer(), 100);
}

TEST_F(Retention, PurgesTellNothingOfAFewByTheirDifference) {
  const auto purge = [this](const char* before) {
    return run_program({"purge", file_, "--store", store_, "--before", before, "--yes", "--format", "csv"});
  };
  const RunResult first = purge("2026-05-12");
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("before,events,wide rows,quarantined,reinstated,aggregates kept"));
  // The customers whose exposures went are fewer than 20 a variant: less what is kept now, they would be told.
  const RunResult second = purge("2026-05-13");
  ASSERT_EQ(second.exit_code, 0) << second.err;
  const auto kept = Store::open(store_, Store::Mode::kReadOnly).value()->aggregates().value();
  ASSERT_EQ(kept.size(), 2u) << first.out << second.out;
  const auto pilot_of = [](const Aggregate& one) { return *json_of(one.content).find("phases")->find("pilot"); };
  EXPECT_FALSE(pilot_of(kept[0]).is_null());
  EXPECT_TRUE(pilot_of(kept[1]).is_null()) << kept[1].content.substr(0, 300);
}

TEST_F(Retention, PurgeKeepsWhatAnEvaluationWouldCountOfAStoppedWording) {
  const auto experiment = read_experiment(file_).value().experiment.value();
  LedgerEntry entry;
  entry.at = parse_time("2026-05-15T00:00:00Z").value();
  entry.by = "Li Na";
  entry.action = LedgerAction::kStop;
  entry.experiment = experiment.key;
  entry.fingerprint = fingerprint(experiment);
  entry.body = Json::object().set("reason", "complaints").set("variant", "kind");
  ASSERT_TRUE(Ledger::append(Ledger::path_of(folder_.path(), experiment.key), entry));
  const RunResult run = run_program({"purge", file_, "--store", store_, "--before", "2026-05-21", "--yes"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto kept = Store::open(store_, Store::Mode::kReadOnly).value()->aggregates().value();
  ASSERT_EQ(kept.size(), 1u);
  const Json content = json_of(kept[0].content);
  const Json& all = content.find("phases")->find("pilot")->find("margins")->as_array()[0];
  EXPECT_EQ(all.find("arms")->as_array()[0].find("units")->as_integer(), 50);
  EXPECT_EQ(all.find("arms")->as_array()[1].find("units")->as_integer(), 20) << "exposed before it was stopped";
}

TEST_F(Retention, CompactChangesNoScorecard) {
  const auto evaluate = [this] {
    return run_program(
        {"evaluate", file_, "--store", store_, "--as-of", "2026-06-10", "--json", "--randomised", "coin flips"});
  };
  const RunResult before = evaluate();
  ASSERT_EQ(before.exit_code, 0) << before.err;
  const RunResult run = run_program({"compact", "--store", store_, "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(json_of(run.out).find("rows_sorted")->as_integer(), 125);
  EXPECT_EQ(evaluate().out, before.out);
  EXPECT_EQ(json_of(run_program({"compact", "--store", store_, "--json"}).out).find("rows_sorted")->as_integer(), 0);
  EXPECT_EQ(run_program({"compact", "--store", folder_.file("absent.db")}).exit_code, 1);
}

TEST_F(Retention, QuarantineIsListedAndDecided) {
  const Json listed = json_of(run_program({"quarantine", "list", "--store", store_, "--json"}).out);
  ASSERT_EQ(listed.find("quarantined")->as_array().size(), 1u);
  const Json& one = listed.find("quarantined")->as_array()[0];
  EXPECT_EQ(one.find("value")->as_number(), 3.0);
  EXPECT_EQ(one.find("unit_prefix")->as_string().size(), 6u);
  EXPECT_THAT(one.find("why")->as_string(), HasSubstr("differs in at, value"));
  const std::string handle = one.find("handle")->as_string();
  EXPECT_EQ(run_program({"quarantine", "replay", handle, "--store", store_}).exit_code, 2) << "who?";
  EXPECT_EQ(run_program({"quarantine", "burn", handle, "--store", store_}).exit_code, 2);
  EXPECT_EQ(run_program({"quarantine", "list", "--by", "x", "--store", store_}).exit_code, 2);
  EXPECT_EQ(run_program({"quarantine", "replay", "ffffffffffff", "--by", "Li Na", "--store", store_}).exit_code, 1);
  ASSERT_EQ(
      run_program({"quarantine", "replay", handle, "--by", "Li Na", "--why", "corrected", "--store", store_}).exit_code,
      0);
  const Json swapped = json_of(run_program({"quarantine", "list", "--store", store_, "--json"}).out);
  const Json& loser = swapped.find("quarantined")->as_array().at(0);
  EXPECT_EQ(loser.find("value")->as_number(), 1.0);
  const auto drop = [&](std::vector<std::string> more) {
    more.insert(more.begin(),
                {"quarantine", "drop", loser.find("handle")->as_string(), "--by", "Li Na", "--store", store_});
    return run_program(more);
  };
  const RunResult unasked = drop({});
  EXPECT_EQ(unasked.exit_code, 2);
  EXPECT_THAT(unasked.err, HasSubstr("--yes"));
  const RunResult dry = drop({"--dry-run", "--json"});
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_TRUE(json_of(dry.out).find("dry_run")->as_bool());
  EXPECT_EQ(
      run_program({"quarantine", "drop", "ffffffffffff", "--by", "Li Na", "--dry-run", "--store", store_}).exit_code,
      1);
  EXPECT_EQ(run_program({"quarantine", "list", "--yes", "--store", store_}).exit_code, 2);
  EXPECT_EQ(json_of(run_program({"quarantine", "list", "--store", store_, "--json"}).out)
                .find("quarantined")
                ->as_array()
                .size(),
            1u)
      << "neither a no nor a dry run changes anything";
  ASSERT_EQ(drop({"--yes"}).exit_code, 0);
  EXPECT_THAT(run_program({"quarantine", "list", "--store", store_}).out, HasSubstr("nothing is in quarantine"));
  const RunResult log = run_program({"quarantine", "log", "--store", store_});
  EXPECT_THAT(log.out, HasSubstr("Li Na"));
  EXPECT_THAT(log.out, HasSubstr("corrected"));
  EXPECT_THAT(log.out, HasSubstr("dropped"));
  EXPECT_EQ(json_of(import().out).find("conflicts")->as_integer(), 0);
}

TEST(FreshStore, AFailedImportLeavesNothingBehind) {
  const TempFolder folder;
  const std::string experiment = folder.write("late-fee.json", small_experiment());
  const std::string broken = folder.write("broken.csv", "unit,variant,at\nu,A,soon\n");
  const std::string dated = folder.write("dated.csv", "unit,variant,at\nu,control,2026-05-12\n");
  const std::string store = folder.file("pilot.db");
  const auto import = [&](const std::string& file, std::vector<std::string> more) {
    more.insert(more.begin(), {"import", "--experiment", experiment, "--store", store, "--exposures", file});
    return run_program(more);
  };
  const auto files = [&folder] {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      names.push_back(entry.path().filename().string());
    return names;
  };
  EXPECT_EQ(import(broken, {}).exit_code, 4);
  const RunResult no_zone = import(dated, {});
  EXPECT_EQ(no_zone.exit_code, 4);
  EXPECT_THAT(no_zone.err, HasSubstr("--zone"));
  EXPECT_THAT(files(), ::testing::UnorderedElementsAre("late-fee.json", "broken.csv", "dated.csv"));
  const std::string nothing = folder.write("nothing.db", "this is no journal");
  EXPECT_NE(run_program({"collect", nothing, "--store", store}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(store));
  ASSERT_EQ(import(dated, {"--zone", "+08:00"}).exit_code, 0);
  EXPECT_EQ(import(broken, {}).exit_code, 4);
  EXPECT_TRUE(std::filesystem::exists(store) && std::filesystem::exists(store + ".key")) << "what was there stays";
}

}  // namespace
}  // namespace tactful::test
