// The embedding example of README.md, compiled and run by the tests: check_readme.sh compares the marked lines.
// README begin
#include <iostream>

#include "tactful/sender/sender.hpp"

int main() {
  using namespace tactful;
  const SystemClock clock;

  // Once per process: the key that turns customer ids into pseudonyms, the experiments, a journal of this process' own.
  (void)Pseudonymizer::create_key_file("reminders.key");  // refuses when there is one already
  const auto key = Pseudonymizer::from_key_file("reminders.key", "reminders");
  if (!key) return std::cerr << describe(key.error()) << '\n', 1;
  const auto sender = Sender::open("experiments", "journals", *key, clock);
  if (!sender) return std::cerr << describe(sender.error()) << '\n', 1;

  // For each message: decide, record the exposure, render, send.
  const TimeMs now =
      *parse_time("2026-05-20T10:00:00+08:00");  // in life clock.now_ms(); the example's pilot is in May 2026
  const Attribute attributes[] = {{"region", std::string_view("east-2")},
                                  {"product", std::string_view("instalment")},
                                  {"days_overdue", std::int64_t{-3}}};
  const Subject customer{"customer-1001", {}, attributes};
  const Decision decision = (*sender)->decide("payment-reminder", customer, now);
  if (const Status exposed = (*sender)->expose(decision, customer, now, "sms"); !exposed) {
    std::cerr << describe(exposed.error()) << '\n';  // not recorded, so not part of the experiment
  }
  const Field fields[] = {
      {"brand", "云帆"}, {"bill", "B-2041"}, {"amount", "128.00"}, {"due_date", "5月23日"}, {"phone", "400-100-2000"}};
  if (const auto message = (*sender)->render(decision, customer, fields, now, "sms")) {
    std::cout << decision.variant << " (" << decision.reason << "): " << message->text << '\n';
  } else {
    std::cerr << describe(message.error()) << '\n';  // incomplete: do not send
  }

  // Whenever something comes of it, now or weeks later; the same event id again counts once.
  const Status recorded =
      (*sender)->record_outcome({.unit = "customer-1001", .kind = "converted", .at = now, .event_id = "payment-77"});
  const Status durable = (*sender)->flush();  // a service would rely on the acknowledgements instead
  return recorded && durable ? 0 : 1;
}
// README end
