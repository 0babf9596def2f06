#include "arm_shares.hpp"

#include <algorithm>

#include "tactful/stats/two_proportions.hpp"
#include "words.hpp"

namespace tactful {

std::vector<ArmShare> shares_by_arm(const CheckInput& input, const std::function<ArmShare(std::size_t)>& of) {
  std::vector<ArmShare> shares;
  for (std::size_t v = 0; v < input.experiment.variants.size(); ++v) {
    // Nobody is expected there: units of another time or version, not comparable with the others.
    if (input.experiment.variants[v].weight == 0) continue;
    ArmShare share = of(v);
    share.variant = input.experiment.variants[v].key;
    if (share.whole > 0) shares.push_back(std::move(share));
  }
  return shares;
}

std::string text_of(const std::vector<ArmShare>& shares) {
  std::string text;
  for (const ArmShare& arm : shares) {
    text += (text.empty() ? "" : ", ") + arm.variant + " " + grouped(arm.part) + " of " + grouped(arm.whole) + " (" +
            percent(static_cast<double>(arm.part) / static_cast<double>(arm.whole)) + ")";
  }
  return text;
}

std::optional<double> equal_shares_p(const std::vector<ArmShare>& shares) {
  std::vector<stats::BinomialCount> counts;
  for (const ArmShare& arm : shares) {
    const auto count = stats::BinomialCount::make(std::min(arm.part, arm.whole), arm.whole);
    if (!count) return std::nullopt;
    counts.push_back(*count);
  }
  if (counts.size() < 2) return std::nullopt;
  const auto test = stats::homogeneity_test(counts);
  if (!test) return std::nullopt;
  return test->p_chi_square;
}

}  // namespace tactful
