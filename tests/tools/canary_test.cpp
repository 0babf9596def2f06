// 10,000 telephone numbers and names go through every door of the program; none may be found in any file or word of it.
#include <gmock/gmock.h>

#include <cstring>
#include <unordered_set>

#include "run_program.hpp"
#include "tactful/core/file.hpp"
#include "tactful/journal/journal.hpp"

namespace tactful::test {
namespace {

constexpr int kPeople = 10'000;
constexpr std::int64_t kFirstPhone = 13'800'000'017;

std::int64_t phone_number(int person) { return kFirstPhone + 98'731LL * person; }
std::string phone(int person) { return std::to_string(phone_number(person)); }

// Twelve letters that begin like no other text here.
std::string name(int person) {
  std::string text = "Zq";
  for (std::uint64_t rest = static_cast<std::uint64_t>(person) * 7'919'123'457ULL + 1; text.size() < 12; rest /= 26)
    text += static_cast<char>('a' + rest % 26);
  return text;
}

/// Finds planted numbers, as digits and as integers either way round, and planted names.
class Canaries {
 public:
  Canaries() {
    for (int person = 0; person < kPeople; ++person) {
      numbers_.insert(phone_number(person));
      names_.insert(name(person));
    }
  }
  [[nodiscard]] std::size_t hits(std::string_view bytes) const {
    std::size_t hits = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      const std::string_view rest = bytes.substr(at);
      if (rest.starts_with("Zq") && rest.size() >= 12 && names_.contains(std::string(rest.substr(0, 12)))) ++hits;
      if (rest.front() == '1' && rest.size() >= 11 && is_number(rest.substr(0, 11))) ++hits;
      if (rest.size() < 8) continue;
      std::uint64_t word = 0;
      std::memcpy(&word, rest.data(), 8);
      hits += is_planted(word) || is_planted(__builtin_bswap64(word)) ? 1 : 0;
    }
    return hits;
  }

 private:
  [[nodiscard]] bool is_number(std::string_view digits) const {
    std::int64_t number = 0;
    for (const char c : digits) {
      if (c < '0' || c > '9') return false;
      number = number * 10 + (c - '0');
    }
    return numbers_.contains(number);
  }
  [[nodiscard]] bool is_planted(std::uint64_t word) const {
    return word < (std::uint64_t{1} << 35) && word > (std::uint64_t{1} << 33) &&
           numbers_.contains(static_cast<std::int64_t>(word));
  }

  std::unordered_set<std::int64_t> numbers_;
  std::unordered_set<std::string> names_;
};

class StillClock final : public Clock {
 public:
  [[nodiscard]] TimeMs now_ms() const noexcept override { return 1'780'000'000'000; }
};

class CanaryTest : public ::testing::Test {
 protected:
  /// Runs the program and looks at what it said.
  RunResult run(const std::vector<std::string>& words, std::string_view input = "") {
    RunResult result = run_program(words, input);
    EXPECT_EQ(canaries_.hits(result.out), 0u) << words.front();
    EXPECT_EQ(canaries_.hits(result.err), 0u) << words.front() << ": " << result.err;
    return result;
  }
  void expect_no_canary_in_files() {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (!entry.is_regular_file() || entry.path().string().starts_with(inputs_)) continue;
      EXPECT_EQ(canaries_.hits(read_file(entry.path()).value_or("")), 0u) << entry.path();
      ++files;
    }
    EXPECT_GE(files, 2u);
  }
  std::string input(const std::string& file, std::string_view text) {
    std::filesystem::create_directories(inputs_);
    return folder_.write("inputs/" + file, text);
  }
  void record_in_a_journal() {
    const auto pseudonymizer = Pseudonymizer::from_key_file(store_ + ".key", "reminders").value();
    auto journal = Journal::open(folder_.path() / "journals", pseudonymizer, clock_);
    ASSERT_TRUE(journal.has_value());
    for (int person = 0; person < kPeople; ++person) {
      const std::string unit = name(person), id = phone(person) + ":1", assignee = name(kPeople - 1 - person),
                        ticket = "T" + phone(person);
      Event event;
      event.type = EventType::kContact;
      event.unit = unit;
      event.cluster = id;
      event.at = 1'779'000'000'000 + person;
      event.event_id = id;
      event.channel = "call";
      event.ticket = ticket;
      event.assignee = assignee;
      event.ticket_before = "open";
      ASSERT_TRUE((*journal)->record(event));
      // In the wrong field it is refused, and the refusal does not repeat it.
      Event wrong = event;
      wrong.channel = unit;
      const Status refused = (*journal)->record(wrong);
      ASSERT_FALSE(refused);
      ASSERT_EQ(canaries_.hits(describe(refused.error())), 0u);
    }
    ASSERT_TRUE((*journal)->flush());
    expect_no_canary_in_files();
  }

  const StillClock clock_;
  const TempFolder folder_;
  const std::string inputs_ = folder_.file("inputs");
  const std::string store_ = folder_.file("pilot.db");
  const std::string experiment_ = folder_.write("late-fee.json", small_experiment());
  const Canaries canaries_;
};

TEST_F(CanaryTest, NoneIsFoundAnywhere) {
  std::string exposures = "unit,variant,at,cluster,event_id,region\n", outcomes = "unit,kind,at,event_id\n", ids,
              shifted = "unit,kind,at,value\n";
  for (int person = 0; person < kPeople; ++person) {
    exposures += phone(person) + (person % 2 == 0 ? ",control," : ",kind,") +
                 std::to_string(1'778'500'000'000 + person) + "," + name(person) + "," + name(person) + phone(person) +
                 ",north\n";
    outcomes += phone(person) + (person % 50 == 0 ? ",complaint," : ",converted,") +
                std::to_string(1'778'600'000'000 + person) + "," + phone(person) + "\n";
    if (person % 2 == 0) ids += phone(person) + "\n";
  }
  ASSERT_EQ(canaries_.hits(exposures), static_cast<std::size_t>(4 * kPeople)) << "the search sees them";
  const std::vector<std::string> import = {"import", "--verbose", "--experiment", experiment_, "--store", store_};
  const auto with = [&import](std::vector<std::string> more) {
    more.insert(more.begin(), import.begin(), import.end());
    return more;
  };
  std::filesystem::create_directories(inputs_ + "/" + phone(7));
  const std::string exposures_file = input(phone(7) + "/" + name(7) + ".csv", exposures),
                    outcomes_file = input("outcomes.csv", outcomes);
  ASSERT_EQ(run(with({"--exposures", exposures_file, "--outcomes", outcomes_file})).exit_code, 0);
  expect_no_canary_in_files();
  record_in_a_journal();
  ASSERT_EQ(run({"collect", "--verbose", folder_.file("journals"), "--store", store_}).exit_code, 0);
  // Columns that are not what they should be: errors name places, not people.
  for (const std::string& row :
       {phone(3) + ",converted," + name(3) + ",1", phone(3) + ",csat,1778600000000," + name(4),
        phone(3) + "," + name(4) + ",1778600000000,1", "," + phone(3) + ",1,1", phone(5) + "," + name(5)}) {
    EXPECT_EQ(run(with({"--outcomes", input("shifted.csv", shifted + row + "\n")})).exit_code, 4) << row;
  }
  EXPECT_EQ(run(with({"--outcomes", input("headless.csv", phone(1) + ",converted,1778600000000\n")})).exit_code, 4);
  EXPECT_EQ(run(with({"--units",
                      input("tel.csv", "unit,variant,converted,tel\n" + phone(1) + ",control,1," + phone(1) + "\n")}))
                .exit_code,
            4);
  EXPECT_EQ(run({"collect", outcomes_file, "--store", store_}).exit_code, 4);
  // What is asked and said about single people.
  EXPECT_EQ(
      run({"export-subject", "--id-file", "-", "--store", store_, "--journals", folder_.file("journals")}, phone(1))
          .exit_code,
      0);
  EXPECT_EQ(run({"forget", "--id-file", "-", "--store", store_}, phone(1)).exit_code, 2);
  EXPECT_EQ(
      run({"forget", "--verbose", "--id-file", "-", "--store", store_, "--journals", folder_.file("journals"), "--yes"},
          ids)
          .exit_code,
      0);
  const std::string rival = phone(1) + ",converted,1778700000000," + phone(1) + "\n";
  EXPECT_EQ(run(with({"--outcomes", input("rival.csv", "unit,kind,at,event_id\n" + rival)})).exit_code, 0);
  EXPECT_EQ(run({"quarantine", "list", "--store", store_, "--json"}).exit_code, 0);
  EXPECT_EQ(run({"compact", "--store", store_}).exit_code, 0);
  EXPECT_EQ(run({"purge", experiment_, "--store", store_, "--before", "2026-05-12", "--yes", "--aggregates",
                 folder_.file("kept")})
                .exit_code,
            0);
  for (const char* format : {"table", "json", "csv", "md"}) {
    run({"evaluate", experiment_, "--store", store_, "--as-of", "2026-05-30", "--randomised", "coin flips", "--format",
         format});
  }
  expect_no_canary_in_files();
}

}  // namespace
}  // namespace tactful::test
