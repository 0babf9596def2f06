// Whatever the words, the values and the faults: a message that is given to the caller is complete and breaks no rule
// of severity error. Random experiments, hostile values, reloads in between, and a journal that refuses; what comes out
// is judged by means of its own, not by those of the sender.
#include <gmock/gmock.h>

#include <random>

#include "sender_fixture.hpp"
#include "tactful/catalogue/wordings.hpp"

namespace tactful::test {
namespace {

constexpr std::array<std::string_view, 3> kForbidden{"or else", "must", "最后机会"};

const char* const kPack = R"({"schema": "tactful/rules/1", "key": "house", "rules": [
  {"id": "threat", "severity": "error", "forbid": {"phrases": ["or else", "must", "最后机会"]},
   "reason": {"en": "Threatens"}, "suggestion": {"en": "Name the ways out"}},
  {"id": "signed", "severity": "error", "channels": ["sms"], "require": {"phrases": ["Farhill"]},
   "reason": {"en": "Unsigned"}, "suggestion": {"en": "Sign"}},
  {"id": "hint", "severity": "warning", "forbid": {"phrases": ["soon"]},
   "reason": {"en": "Vague"}, "suggestion": {"en": "A date"}}]})";

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  bool one_in(int n) { return below(n) == 0; }
  int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }
  template <typename List>
  const auto& of(const List& list) {
    return list[static_cast<std::size_t>(below(static_cast<int>(std::size(list))))];
  }

 private:
  std::mt19937_64 engine_;
};

// Texts of which some break rules, some need fields of any type, some are of one channel only.
std::string random_wording(Dice& dice, const std::string& key) {
  static constexpr std::array<std::string_view, 7> kParts{"Farhill: ",           "hello {name}, ", "due {due}. ",
                                                          "pay {amount} soon. ", "see {link} now", "you must pay. ",
                                                          "call {phone}"};
  static constexpr std::array<std::string_view, 3> kChannels{"sms", "email", "chat"};
  std::string texts;
  for (const std::string_view language : {"en", "zh"}) {
    if (language == "zh" && dice.one_in(2)) continue;
    std::string channels;
    for (const std::string_view channel : kChannels) {
      if (channel != "sms" && dice.one_in(2)) continue;
      std::string text = "Farhill {name} {due} {amount} {link} {phone} ";
      if (dice.one_in(3)) text = "{name} {due} {amount} {link} {phone} ";
      for (int i = dice.below(3); i > 0; --i) text += dice.of(kParts);
      std::string passages = R"([")" + text + "\"";
      if (dice.one_in(2)) passages += R"(, {"when": {"tenure": "long"}, "text": "thank you {name}"})";
      channels += (channels.empty() ? "\"" : ", \"") + std::string(channel) + "\": " + passages + "]";
    }
    texts += (texts.empty() ? "\"" : ", \"") + std::string(language) + "\": {" + channels + "}";
  }
  return R"({"schema": "tactful/wording/1", "key": ")" + key + R"(", "fields": {"name": {"type": "text"},
    "due": {"type": "date"}, "amount": {"type": "money"}, "link": {"type": "url"}, "phone": {"type": "phone"}},
    "texts": {)" +
         texts + "}}";
}

const std::array<std::string_view, 24> kValues{"Wang",
                                               "2026-05-14",
                                               "1280.50",
                                               "https://example.com/t/1",
                                               "400-123-4567",
                                               "",
                                               "   ",
                                               "{name}",
                                               "2026-02-30",
                                               "-1",
                                               "http://evil.example",
                                               "www.evil.example",
                                               "evil.example/x",
                                               "or else",
                                               "ｍｕｓｔ",
                                               "m u s t",
                                               "最 后 机 会",
                                               "最​后机会",
                                               "HTTPS://EVIL.EXAMPLE/a",
                                               "line\nbreak",
                                               "\xFF\xFE",
                                               "\x01",
                                               "Li Na",
                                               "3"};

// The judge: what a customer may not see. Its own means: plain search in a text without blanks and invisible
// characters, in small ASCII letters.
std::string bare(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    if (text.substr(i, 3) == "​") {
      i += 2;
      continue;
    }
    if (text.substr(i, 1) == "\xEF" && i + 2 < text.size()) {  // full-width letters U+FF41..U+FF5A
      const auto second = static_cast<unsigned char>(text[i + 1]), third = static_cast<unsigned char>(text[i + 2]);
      if (second == 0xBD && third >= 0x81 && third <= 0x9A) {
        out += static_cast<char>('a' + (third - 0x81));
        i += 2;
        continue;
      }
    }
    out += text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
  }
  return out;
}

std::optional<std::string> fault_of(std::string_view text, std::string_view channel) {
  const std::string seen = bare(text);
  for (const std::string_view phrase : kForbidden) {
    if (seen.find(bare(phrase)) != std::string::npos) return "forbidden: " + std::string(phrase);
  }
  if (text.empty() || text.find_first_of("{}\n\x01\xFF") != std::string_view::npos) return "not filled in";
  if (channel == "sms" && text.find("Farhill") == std::string_view::npos) return "unsigned";
  if ((seen.find("evil") != std::string::npos)) return "hostile";
  return std::nullopt;
}

class NeverSent : public SenderFixture {
 protected:
  void SetUp() override {}
  void put(const std::string& name, std::string_view text) {
    std::filesystem::create_directories((catalogue_ / name).parent_path());
    ASSERT_TRUE(write_file_atomically(catalogue_ / name, text).ok());
  }
  void put_experiment(Dice& dice, bool hold) {
    // Plain texts now and then, where the channel is not said, so that only rendering can know the rule of the channel.
    const bool plain = dice.one_in(3);
    Json json = experiment(plain ? "Farhill {name}" : "", plain ? "Hi {name}, pay {amount}" : "");
    if (hold) json.set("policy", Json::object().set("incomplete", "hold"));
    put("payment.json", json.dump());
    std::filesystem::remove_all(catalogue_ / "wordings");
    if (plain) return;
    put("wordings/payment-today.json", random_wording(dice, "payment-today"));
    put("wordings/payment-help.json", random_wording(dice, "payment-help"));
  }
};

TEST_F(NeverSent, WhateverTheWordsTheValuesAndTheFaults) {
  put("rules/house.json", kPack);
  int given = 0, withheld = 0, degraded = 0, loads = 0, refused_loads = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Dice dice(seed);
    put_experiment(dice, dice.one_in(3));
    SenderOptions options;
    options.journal.queue_events = dice.one_in(2) ? 1 : 4096;  // a full queue refuses
    options.journal.durability = Durability::kOs;
    options.journal.group_delay_ms = 50;
    options.journal.close_timeout_ms = 0;
    options.journal.when_full = WhenFull::kDropNewest;
    auto sender = Sender::open(catalogue_, journals_, pseudonymizer(), clock_, options, &log_);
    ++loads;
    if (!sender) {
      ++refused_loads;
      EXPECT_EQ(sender.error().code, ErrorCode::kInvalidExperiment);
      continue;
    }
    if (dice.one_in(3)) std::filesystem::remove_all(journals_);  // the journal's file goes while it is written
    std::optional<Decision> kept;
    for (int message = 0; message < 60; ++message) {
      const std::string unit = "customer-" + std::to_string(dice.below(40));
      const std::array<Attribute, 2> attributes{
          {{"tenure", std::string_view(dice.one_in(2) ? "long" : "new")},
           {"language", dice.of(std::array<std::string_view, 4>{"zh", "en", "fr", ""})}}};
      const Subject subject{unit, {}, attributes};
      Decision decision = (*sender)->decide("payment", subject, kNow);
      if (kept && dice.one_in(4)) decision = *kept;  // one made before a reload
      kept = decision;
      if (dice.one_in(8)) {
        put_experiment(dice, dice.one_in(3));
        (void)(*sender)->reload().ok();
      }
      (void)(*sender)->expose(decision, subject, kNow + message, "sms").ok();
      std::vector<Field> fields{{"name", "Wang"},
                                {"due", "2026-05-14"},
                                {"amount", "1280.50"},
                                {"link", "https://example.com/t/1"},
                                {"phone", "400-123-4567"}};
      for (Field& field : fields)
        if (dice.one_in(8)) field.value = dice.of(kValues);
      if (dice.one_in(10)) fields.pop_back();
      const std::string_view channel = dice.of(std::array<std::string_view, 5>{"sms", "sms", "email", "chat", ""});
      const auto rendered = (*sender)->render(decision, subject, fields, kNow + message, channel);
      if (!rendered) {
        ++withheld;
        continue;
      }
      ++given;
      degraded += rendered->degraded;
      const auto fault = fault_of(rendered->text, channel);
      EXPECT_FALSE(fault) << *fault << " on " << channel << ": " << rendered->text;
    }
  }
  // All ways were gone; otherwise the test has shown nothing.
  EXPECT_GT(given, 300);
  EXPECT_GT(withheld, 300);
  EXPECT_GT(degraded, 20);
  EXPECT_GT(refused_loads, 5);
  EXPECT_LT(refused_loads, loads);
}

}  // namespace
}  // namespace tactful::test
