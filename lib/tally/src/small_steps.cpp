#include <algorithm>
#include <cstdlib>

#include "tactful/tally/small_cells.hpp"

namespace tactful {
namespace {

std::optional<std::size_t> index_of(const std::vector<std::string>& keys, const std::string& key) {
  const auto found = std::find(keys.begin(), keys.end(), key);
  if (found == keys.end()) return std::nullopt;
  return static_cast<std::size_t>(found - keys.begin());
}

/// Compares a tally with one kept before, by the names of variants and metrics.
class Steps {
 public:
  Steps(const Tally& now, const Tally& before, std::int64_t least) : now_(now), before_(before), least_(least) {}

  /// Whether the groups differ by a few, in all or among the analysed of some metric.
  [[nodiscard]] bool is_small(const std::vector<ArmTally>& now, const std::vector<ArmTally>& before) const {
    for (std::size_t v = 0; v < now.size(); ++v) {
      const auto w = index_of(before_.variants, now_.variants[v]);
      if (w && *w < before.size() && is_small(now[v], before[*w])) return true;
    }
    return false;
  }

 private:
  [[nodiscard]] bool few(std::int64_t a, std::int64_t b) const { return a != b && std::abs(a - b) < least_; }

  [[nodiscard]] bool is_small(const ArmTally& now, const ArmTally& before) const {
    if (few(now.units, before.units)) return true;
    for (std::size_t m = 0; m < now.metrics.size(); ++m) {
      const auto n = index_of(before_.metrics, now_.metrics[m]);
      if (n && few(now.metrics[m].mature.units, before.metrics[*n].mature.units)) return true;
    }
    return false;
  }

  const Tally& now_;
  const Tally& before_;
  std::int64_t least_;
};

bool has_small_value(const Tally& now, const Tally& before, const Steps& steps) {
  return std::any_of(now.margins.begin() + 1, now.margins.end(), [&](const MarginTally& one) {
    return std::any_of(before.margins.begin() + 1, before.margins.end(), [&](const MarginTally& other) {
      return one.segment == other.segment && one.value == other.value && steps.is_small(one.arms, other.arms);
    });
  });
}

bool has_small_day(const Tally& now, const Tally& before, const Steps& steps) {
  return std::any_of(now.days.begin(), now.days.end(), [&](const DayTally& one) {
    return std::any_of(before.days.begin(), before.days.end(), [&](const DayTally& other) {
      return one.day == other.day && steps.is_small(one.arms, other.arms);
    });
  });
}

}  // namespace

CoarseTally without_small_steps(CoarseTally coarse, std::span<const Tally> kept, std::int64_t least_units) {
  for (const Tally& before : kept) {
    if (!coarse.tally || before.margins.empty()) continue;
    Tally& now = *coarse.tally;
    const Steps steps(now, before, least_units);
    if (steps.is_small(now.margins.front().arms, before.margins.front().arms)) {
      coarse.tally.reset();
      ++coarse.cells_withheld;
      break;
    }
    if (has_small_value(now, before, steps)) {
      coarse.cells_withheld += static_cast<std::int64_t>(now.margins.size()) - 1;
      now.margins.resize(1);
    }
    if (has_small_day(now, before, steps)) {
      coarse.cells_withheld += static_cast<std::int64_t>(now.days.size());
      now.days.clear();
    }
    std::vector<ArmTally>& once = now.without_crossovers.arms;
    if (steps.is_small(once, before.without_crossovers.arms)) {
      for (ArmTally& arm : once) arm = ArmTally{0, 0, {}, std::vector<ArmMetric>(arm.metrics.size())};
      ++coarse.cells_withheld;
    }
    if (!now.looks.empty() && !before.looks.empty() && now.looks != before.looks) {
      coarse.cells_withheld += static_cast<std::int64_t>(now.looks.size());
      now.looks.clear();  // few by few they would tell when each was analysed
    }
  }
  return coarse;
}

}  // namespace tactful
