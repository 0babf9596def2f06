#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"
#include "tactful/core/file.hpp"
#include "tactful/journal/journal_reader.hpp"
#include "tactful/sender/sender.hpp"

namespace tactful::test {

inline constexpr TimeMs kNow = 1'779'105'600'000;  // 2026-05-18T12:00:00Z, inside the pilot

class FixedClock final : public Clock {
 public:
  [[nodiscard]] TimeMs now_ms() const noexcept override { return kNow + 5; }
};

class MemoryLog final : public LogSink {
 public:
  void log(LogLevel, std::string_view message) noexcept override {
    const std::lock_guard lock(mutex_);
    text_.append(message).push_back('\n');
  }
  [[nodiscard]] std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

inline Pseudonymizer pseudonymizer() { return Pseudonymizer::from_key({}, "reminders").value(); }

/// A catalogue with one experiment, `payment`, whose variants' texts the test chooses, and a sender upon it.
class SenderFixture : public ::testing::Test {
 protected:
  void SetUp() override { write(experiment()); }

  static Json experiment(std::string_view control = "Dear {name}",
                         std::string_view helpful = "Hello {name}, call {phone}") {
    return parse_json(R"({
      "schema": "tactful/experiment/1", "key": "payment", "owner": "Li Na",
      "segments": ["region", "tenure", "score", "new", "missing"],
      "scope": {"region": {"$ne": "closed"}},
      "variants": [{"key": "control", "wording": "payment-today", "text": ")" +
                      std::string(control) + R"("},
                   {"key": "helpful", "wording": "payment-help", "text": ")" +
                      std::string(helpful) + R"("}],
      "metrics": [{"key": "converted", "window": "7d", "role": "success"},
                  {"key": "complaint", "window": "14d", "role": "guardrail"}],
      "plan": {"enrolment_end": "2026-06-11", "margins": {"complaint": {"ratio": 1.5}}},
      "pilot": {"start": "2026-05-14"}
    })")
        .value();
  }
  void write(const Json& json) {
    std::filesystem::create_directories(catalogue_);
    ASSERT_TRUE(write_file_atomically(catalogue_ / "payment.json", json.dump(2)).ok());
  }
  std::unique_ptr<Sender> open(SenderOptions options = {}) {
    auto sender = Sender::open(catalogue_, journals_, pseudonymizer(), clock_, options, &log_);
    EXPECT_TRUE(sender.has_value()) << describe(sender.error());
    return std::move(sender).value();
  }
  /// A unit that draws the variant, by trying names.
  static std::string unit_of(const Sender& sender, std::string_view variant) {
    for (int i = 0;; ++i) {
      std::string unit = "customer-" + std::to_string(i);
      if (sender.decide("payment", {unit, {}, {}}, kNow).variant == variant) return unit;
    }
  }
  struct Stored {
    StoredEvent event;
    std::string source, experiment, experiment_fingerprint, variant, wording_fingerprint, phase, reason, channel, kind,
        segments;
  };
  static std::vector<Stored> stored(Sender& sender) {
    EXPECT_TRUE(sender.flush().ok());
    auto reader = JournalReader::open(sender.journal_file()).value();
    std::vector<Stored> all;
    const auto rows = reader->read(0, 100'000).value();
    for (const StoredEvent& row : rows) {
      const auto text = [&](std::int32_t code) { return reader->text(code).value(); };
      all.push_back({row, text(row.source), text(row.experiment), text(row.experiment_fingerprint), text(row.variant),
                     text(row.wording_fingerprint), text(row.phase), text(row.reason), text(row.channel),
                     text(row.kind), text(row.segments)});
    }
    return all;
  }

  TempDir folder_;
  const std::filesystem::path catalogue_ = folder_ / "experiments";
  const std::filesystem::path journals_ = folder_ / "journals";
  FixedClock clock_;
  MemoryLog log_;
};

}  // namespace tactful::test
