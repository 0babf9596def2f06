#include "tactful/contact/contact_facts.hpp"

namespace tactful {

std::string_view to_string(ContactList list) noexcept {
  return list == ContactList::kDoNotContact ? "do_not_contact" : "priority";
}

std::optional<ConsentKind> UnitFacts::consent(std::string_view purpose, std::string_view channel,
                                              TimeMs now) const noexcept {
  const ConsentFact* latest = nullptr;
  for (const ConsentFact& fact : consents) {
    if (!fact.purpose.empty() && fact.purpose != purpose) continue;
    if (!fact.channel.empty() && fact.channel != channel) continue;
    if (fact.kind == ConsentKind::kOptIn && fact.at > now) continue;
    const bool is_later =
        latest == nullptr || fact.at > latest->at || (fact.at == latest->at && fact.kind == ConsentKind::kOptOut);
    if (is_later) latest = &fact;
  }
  if (latest == nullptr) return std::nullopt;
  return latest->kind;
}

bool UnitFacts::is_on(ContactList list, std::string_view channel, TimeMs now) const noexcept {
  const ListFact* latest = nullptr;
  for (const ListFact& fact : lists) {
    if (fact.list != list || (!fact.channel.empty() && fact.channel != channel)) continue;
    if (!fact.is_on && fact.at > now) continue;
    const bool is_later = latest == nullptr || fact.at > latest->at || (fact.at == latest->at && fact.is_on);
    if (is_later) latest = &fact;
  }
  return latest != nullptr && latest->is_on;
}

}  // namespace tactful
