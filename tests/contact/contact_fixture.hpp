#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "support/temp_dir.hpp"
#include "tactful/contact/contact_state.hpp"

namespace tactful::test {

inline TimeMs at(std::string_view text) { return parse_time(text).value(); }

inline ContactPseudonymizer contact_identity(unsigned char first = 7) {
  std::array<unsigned char, 32> master{};
  master[0] = first;
  return ContactPseudonymizer::from_key(master).value();
}

/// A policy from members that stand beside the required ones: R"("caps": [{"period": "day", "most": 1}])".
inline ContactPolicy policy(const std::string& members = {}) {
  const std::string text =
      R"({"schema": "tactful/contact/1", "key": "p", "fixed_offset": "+08:00", "consent": {"default": "opt_out"})" +
      (members.empty() ? "" : ", " + members) + "}";
  const ContactPolicyFile file = parse_contact_policy(text);
  if (!file.policy) throw std::runtime_error(describe(file.diagnostics, "policy"));
  return *file.policy;
}

inline ContactRequest request(std::string_view unit = "li", std::string_view channel = "sms") {
  ContactRequest made;
  made.unit = unit;
  made.channel = channel;
  return made;
}

inline std::string said(const ContactDecision& decision) {
  std::string text = std::string(to_string(decision.verdict)) + " " + std::string(to_string(decision.reason));
  if (decision.verdict == ContactVerdict::kHold) text += " " + format_time(decision.until);
  return text;
}

/// A state in a folder of its own.
class ContactFixture : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "contact.db"; }
  [[nodiscard]] std::unique_ptr<ContactState> open(ContactStateOptions options = {}) const {
    options.create = true;
    auto state = ContactState::open(file(), contact_identity(), options);
    if (!state) throw std::runtime_error(describe(state.error()));
    return std::move(*state);
  }
  const TempDir folder_{quick_folder()};
};

}  // namespace tactful::test
