#include "tactful/contact/contact_policy.hpp"

#include <algorithm>

namespace tactful {
namespace {

bool covers(const std::vector<std::string>& list, std::string_view text) noexcept {
  return list.empty() || std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

bool ContactFilter::matches(std::string_view channel, std::string_view purpose) const noexcept {
  return covers(channels, channel) && covers(purposes, purpose);
}

ConsentBasis ContactPolicy::basis_of(std::string_view purpose) const noexcept {
  for (const auto& [name, basis] : consent_by_purpose) {
    if (name == purpose) return basis;
  }
  return consent;
}

}  // namespace tactful
