#include <gmock/gmock.h>

#include <thread>

#include "sender_fixture.hpp"

namespace tactful::test {
namespace {

class SenderThreads : public SenderFixture {};

// Several threads send while another edits and reloads the catalogue: every message is wholly of one version.
TEST_F(SenderThreads, SendWhileTheCatalogueIsReloaded) {
  constexpr int kThreads = 4, kEach = 400, kReloads = 20;
  SenderOptions options;
  options.journal.group_delay_ms = 1;
  options.journal.block_timeout_ms = 60'000;
  const auto sender = open(options);
  const std::vector<Field> fields{{"name", "Wang"}, {"phone", "95555"}};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string unit = "customer-" + std::to_string(t) + "-" + std::to_string(i);
        const Subject subject{unit, {}, {}};
        const Decision decision = sender->decide("payment", subject, kNow);
        EXPECT_TRUE(sender->expose(decision, subject, kNow, "sms").ok());
        const auto rendered = sender->render(decision, subject, fields, kNow, "sms");
        ASSERT_TRUE(rendered.has_value());
        const bool is_old = rendered->text.find("Wang") != std::string::npos;
        EXPECT_EQ(is_old, decision.experiment()->experiment.control().text == "Dear {name}");
        EXPECT_TRUE(sender->record_outcome({unit, "converted", kNow, "o", {}, {}}).ok());
      }
    });
  }
  std::thread editor([&] {
    for (int i = 0; i < kReloads; ++i) {
      write(i % 2 == 0 ? experiment("Good day", "Good day, call {phone}") : experiment());
      EXPECT_TRUE(sender->reload().ok());
    }
  });
  for (auto& thread : threads) thread.join();
  editor.join();
  const auto events = stored(*sender);
  EXPECT_EQ(events.size(), static_cast<std::size_t>(kThreads * kEach * 3));
  EXPECT_EQ(sender->counters().recorded, kThreads * kEach * 3);
  EXPECT_EQ(sender->counters().dropped, 0);
}

}  // namespace
}  // namespace tactful::test
