#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checks.hpp"

namespace tactful {

/// One arm's part and whole, for a test of equal shares and its text.
struct ArmShare {
  std::string variant;
  std::int64_t part = 0;
  std::int64_t whole = 0;
};

/// By variant; arms without a whole are left out.
[[nodiscard]] std::vector<ArmShare> shares_by_arm(const CheckInput& input,
                                                  const std::function<ArmShare(std::size_t)>& of);
/// "control 120 of 4,000 (3 %), a 118 of 4,000 (2.95 %)".
[[nodiscard]] std::string text_of(const std::vector<ArmShare>& shares);
/// p of equal shares in all arms; nothing when nobody (or everybody) is counted or there is one arm only.
[[nodiscard]] std::optional<double> equal_shares_p(const std::vector<ArmShare>& shares);

}  // namespace tactful
