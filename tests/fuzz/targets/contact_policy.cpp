// The contact policy: what is read prints to what reads back equal, and a hold ends exactly when it says.
#include "fuzz_target.hpp"
#include "tactful/contact/contact_decision.hpp"

namespace tactful {
namespace {

constexpr TimeMs kNow = 1'780'000'000'000;

/// A customer who was contacted now and then, and complained.
UnitFacts some_facts() {
  UnitFacts facts;
  for (int i = 0; i < 6; ++i) {
    ContactFact contact;
    contact.at = kNow - i * i * 7 * kMillisecondsPerHour;
    contact.channel = i % 2 == 0 ? "sms" : "call";
    contact.purpose = "service";
    facts.contacts.push_back(contact);
  }
  facts.consents.push_back({{}, ConsentKind::kOptIn, "", "", kNow - 90 * kMillisecondsPerDay});
  facts.complaints.push_back({{}, "normal", kNow - kMillisecondsPerDay});
  return facts;
}

}  // namespace
}  // namespace tactful

TACTFUL_FUZZ_TARGET(contact_policy) {
  using namespace tactful;
  const ContactPolicyFile file = parse_contact_policy(input);
  fuzz::require(file.policy.has_value() != has_errors(file.diagnostics), "a policy or an error");
  (void)describe(file.diagnostics, "contact.json");
  if (!file.policy) return;
  const ContactPolicyFile again = parse_contact_policy(to_json(*file.policy).dump());
  fuzz::require(again.policy == file.policy, "what was written reads back equal");
  fuzz::require(fingerprint(*again.policy) == fingerprint(*file.policy), "and has the same fingerprint");
  static const UnitFacts facts = some_facts();
  const TimeZone zone = TimeZone::fixed(file.policy->fixed_offset);
  for (const std::string_view channel : {"sms", "call"}) {
    ContactRequest request;
    request.unit = "C-1001";
    request.channel = channel;
    const ContactDecision decision = decide_contact(*file.policy, zone, request, facts, kNow);
    if (decision.verdict != ContactVerdict::kHold) continue;
    fuzz::require(decision.until > kNow, "a hold lies ahead");
    fuzz::require(decide_contact(*file.policy, zone, request, facts, decision.until).is_allowed(),
                  "and ends when it says");
    fuzz::require(!decide_contact(*file.policy, zone, request, facts, decision.until - 1).is_allowed(), "not before");
  }
}
