// The whole way of one message, as docs/guide/embedding.md shows it: run by tests/house, and built against an installed
// tactful.

// example begin
#include <iostream>

#include "tactful/sender/sender.hpp"

using namespace tactful;

namespace {

int fail(const Error& error) {
  std::cerr << describe(error) << '\n';
  return 1;
}

// Yours: hands the text to the gateway, and says what became of it.
AttemptOutcome send(const std::string& text) {
  std::cout << "sent: " << text << '\n';
  return AttemptOutcome::kDelivered;
}

}  // namespace

int main() {
  // Once per process. Customers are pseudonyms under one key; every process opens the one contact state.
  (void)Pseudonymizer::create_key_file("reminders.key");  // refuses when there is one already
  const auto key = Pseudonymizer::from_key_file("reminders.key", "reminders");
  const auto contact_key = ContactPseudonymizer::from_key_file("reminders.key");
  if (!key) return fail(key.error());
  if (!contact_key) return fail(contact_key.error());
  ContactStateOptions state_options;
  state_options.create = true;  // in life once, by `tactful contact init`: a state made anew knows no objections
  auto state = ContactState::open("contact.db", *contact_key, state_options);
  if (!state) return fail(state.error());
  SenderOptions options;
  options.contact = *std::move(state);
  options.catalogue.last_good = "last-good";  // starts also while somebody edits the experiments
  options.catalogue.require_rules = true;     // never sends what no rule has read
  const SystemClock clock;
  const auto sender = Sender::open("experiments", "journals", *key, clock, options);
  if (!sender) return fail(sender.error());

  // The example is commercial, so the customer has opted in; here long ago, in life through your forms.
  const TimeMs now = *parse_time("2026-06-10T10:00:00+08:00");  // in life clock.now_ms()
  if (const auto opted = options.contact->record_consent("customer-1001", ConsentKind::kOptIn, "commercial", "sms",
                                                         *parse_time("2026-01-15T09:00:00+08:00"), "form-12");
      !opted)
    return fail(opted.error());

  // 1. May this customer be contacted? Before a variant is drawn, so that the rules bear on all variants alike.
  const Attribute attributes[] = {{"segment", std::string_view("price-sensitive")},
                                  {"language", std::string_view("zh")},
                                  {"time_zone", std::string_view("Asia/Shanghai")}};
  const Subject customer{"customer-1001", {}, attributes};
  const ContactAbout about{
      .channel = "sms", .message_id = "renewal-2026-06", .ticket = "T-1024", .assignee = "chen-jie"};
  const ContactDecision may = (*sender)->may_contact("renewal-reminder", customer, about, now);
  if (!may.is_allowed()) {
    std::cout << "not now: " << to_string(may.reason) << '\n';  // of a hold, may.until says when to ask again
    return 0;
  }

  // 2. Which wording; 3. the exposure, from which on the customer counts; 4. the complete text, read by the rules.
  const Decision decision = (*sender)->decide("renewal-reminder", customer, now);
  if (const Status exposed = (*sender)->expose(decision, customer, now, "sms"); !exposed)
    std::cerr << describe(exposed.error()) << '\n';  // not recorded, so not part of the experiment
  const Field fields[] = {{"brand", "云帆宽带"},
                          {"plan", "光纤100"},
                          {"end_date", "2026-07-01"},
                          {"saving", "240"},
                          {"phone", "400-123-4567"}};
  const auto message = (*sender)->render(decision, customer, fields, now, "sms");
  if (!message) return fail(message.error());  // incomplete or against a rule: nothing may be sent

  // 5. Claim the contact, send, 6. report. Of two senders of one customer the second is refused here.
  const Contact contact = (*sender)->reserve(decision, *message, customer, about, now);
  if (!contact.is_allowed()) {
    std::cout << "not sent: " << to_string(contact.reservation.decision.reason) << '\n';
    return 0;
  }
  std::cout << message->variant << " under policy " << contact.record.policy_fingerprint << '\n';
  const Status completed = (*sender)->complete(contact, send(message->text), now + 2'000, "waiting_customer");

  // Whenever something comes of it, from any process; the same event id again counts once. A response ends the
  // follow-up.
  const Status responded = (*sender)->record_outcome({.unit = "customer-1001",
                                                      .kind = "responded",
                                                      .at = now + 5'400'000,
                                                      .event_id = "reply-77",
                                                      .ticket = "T-1024"});
  const Status durable = (*sender)->flush();  // a service would rely on the acknowledgements instead
  return completed && responded && durable ? 0 : 1;
}
// example end
