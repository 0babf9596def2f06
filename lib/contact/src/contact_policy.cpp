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

bool ContactTier::matches(std::span<const std::pair<std::string_view, std::string_view>> segments) const noexcept {
  return std::any_of(segments.begin(), segments.end(), [this](const auto& one) {
    return one.first == segment && std::find(values.begin(), values.end(), one.second) != values.end();
  });
}

ConsentBasis ContactPolicy::basis_of(std::string_view purpose) const noexcept {
  for (const auto& [name, basis] : consent_by_purpose) {
    if (name == purpose) return basis;
  }
  return consent;
}

}  // namespace tactful
