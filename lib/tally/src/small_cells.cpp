#include "tactful/tally/small_cells.hpp"

#include <algorithm>
#include <set>

namespace tactful {
namespace {

using Arms = std::vector<ArmTally>;

std::int64_t units_of(const Arms& arms) {
  std::int64_t units = 0;
  for (const ArmTally& arm : arms) units += arm.units;
  return units;
}

/// Takes the small cells out of one tally, part by part.
class Coarsener {
 public:
  Coarsener(Tally& tally, std::int64_t least_units) : tally_(tally), least_(least_units) {}

  [[nodiscard]] bool is_small(const Arms& arms) const {
    return std::any_of(arms.begin(), arms.end(), [this](const ArmTally& arm) { return few(arm.units); });
  }

  std::int64_t coarsen() {
    drop_looks();  // by the epochs' sizes, which the days tell
    const Arms all = tally_.margins.front().arms;
    std::set<std::string> names;
    for (std::size_t i = 1; i < tally_.margins.size(); ++i) names.insert(tally_.margins[i].segment);
    for (const std::string& name : names) {
      drop_small(tally_.margins, all, [&name](const MarginTally& margin) { return margin.segment == name; });
    }
    drop_small(tally_.days, all, [](const DayTally&) { return true; });
    drop_crossovers(all);
    drop_breakdowns(tally_.margins.front().arms);
    for (const std::size_t metric : small_metrics(all)) tally_.unavailable.push_back(tally_.metrics[metric]);
    blank_metrics(tally_.margins.front().arms);
    for (const std::string& name : names) {
      std::vector<Arms*> values;
      for (std::size_t i = 1; i < tally_.margins.size(); ++i)
        if (tally_.margins[i].segment == name) values.push_back(&tally_.margins[i].arms);
      blank_list(all, values);
    }
    std::vector<Arms*> days;
    for (DayTally& day : tally_.days) days.push_back(&day.arms);
    blank_list(all, days);
    if (!tally_.without_crossovers.arms.empty()) blank_list(all, {&tally_.without_crossovers.arms});
    return withheld_;
  }

 private:
  [[nodiscard]] bool few(std::int64_t units) const noexcept { return units > 0 && units < least_; }

  // Parts of one list, which set units apart from each other: what is left out together must not be few either.
  template <typename Part, typename InList>
  void drop_small(std::vector<Part>& parts, const Arms& all, const InList& in_list) {
    withheld_ += static_cast<std::int64_t>(
        std::erase_if(parts, [&](const Part& part) { return in_list(part) && is_small(part.arms); }));
    while (true) {
      Arms rest = all;
      auto smallest = parts.end();
      for (auto part = parts.begin(); part != parts.end(); ++part) {
        if (!in_list(*part)) continue;
        for (std::size_t v = 0; v < rest.size(); ++v) rest[v].units -= part->arms[v].units;
        if (smallest == parts.end() || units_of(part->arms) < units_of(smallest->arms)) smallest = part;
      }
      if (smallest == parts.end() || !is_small(rest)) return;
      parts.erase(smallest);
      ++withheld_;
    }
  }

  void drop_crossovers(const Arms& all) {
    Arms& arms = tally_.without_crossovers.arms;
    Arms rest = all;
    for (std::size_t v = 0; v < std::min(rest.size(), arms.size()); ++v) rest[v].units -= arms[v].units;
    if (!is_small(arms) && !is_small(rest)) return;
    for (ArmTally& arm : arms) {
      const std::size_t metrics = arm.metrics.size();
      arm = {};
      arm.metrics.resize(metrics);
    }
    ++withheld_;
  }

  void drop_breakdowns(Arms& arms) {
    const auto has_few = [this](const std::vector<std::int64_t>& counts) {
      return std::any_of(counts.begin(), counts.end(), [this](std::int64_t count) { return few(count); });
    };
    for (std::size_t m = 0; m < tally_.metrics.size(); ++m) {
      bool small_ages = false;
      bool small_reminders = false;
      for (const ArmTally& arm : arms) {
        const ArmMetric& metric = arm.metrics[m];
        small_ages = small_ages || has_few(metric.ages.first_events) || has_few(metric.ages.leaving);
        small_reminders = small_reminders || has_few(metric.reminders.reached);
      }
      withheld_ += (small_ages ? 1 : 0) + (small_reminders ? 1 : 0);
      for (ArmTally& arm : arms) {
        if (small_ages) arm.metrics[m].ages = {};
        if (small_reminders) arm.metrics[m].reminders = {};
      }
    }
  }

  [[nodiscard]] std::vector<std::size_t> small_metrics(const Arms& arms) const {
    std::vector<std::size_t> small;
    for (std::size_t m = 0; m < tally_.metrics.size(); ++m) {
      const auto is_few = [&](const ArmTally& arm) { return few(arm.metrics[m].mature.units); };
      if (std::any_of(arms.begin(), arms.end(), is_few)) small.push_back(m);
    }
    return small;
  }

  void blank_metrics(Arms& arms) {
    for (const std::size_t m : small_metrics(arms)) {
      for (ArmTally& arm : arms) arm.metrics[m] = {};
      ++withheld_;
    }
    // First events less those of the analysed units are those of the units still followed up.
    for (std::size_t m = 0; m < tally_.metrics.size(); ++m) {
      const auto is_few = [&](const ArmTally& arm) { return few(arm.metrics[m].immature_units); };
      if (std::none_of(arms.begin(), arms.end(), is_few)) continue;
      for (ArmTally& arm : arms) {
        arm.metrics[m].first_events = 0;
        arm.metrics[m].ages = {};
      }
      ++withheld_;
    }
  }

  using Cell = std::int64_t (*)(const ArmMetric&);
  static std::int64_t analysed(const ArmMetric& metric) { return metric.mature.units; }
  static std::int64_t followed(const ArmMetric& metric) { return metric.immature_units; }

  // Blanks what is few in parts of one list, and what would tell of it by difference to all units.
  void blank_list(const Arms& all, const std::vector<Arms*>& parts) {
    for (Arms* part : parts) blank_metrics(*part);
    for (std::size_t m = 0; m < tally_.metrics.size(); ++m) {
      blank_along(all, parts, m, analysed, [m](ArmTally& arm) { arm.metrics[m] = {}; });
      blank_along(all, parts, m, followed, [m](ArmTally& arm) { arm.metrics[m].first_events = 0; });
    }
  }

  // While the units of one metric of which no part tells are few together, the part that tells of the fewest goes too.
  // Nothing can be told by difference to all units where these are few: there the metric is blank.
  template <typename Blank>
  void blank_along(const Arms& all, const std::vector<Arms*>& parts, std::size_t m, Cell cell, const Blank& blank) {
    if (std::any_of(all.begin(), all.end(), [&](const ArmTally& arm) { return few(cell(arm.metrics[m])); })) return;
    const auto sum = [m, cell](const Arms& arms) {
      std::int64_t units = 0;
      for (const ArmTally& arm : arms) units += cell(arm.metrics[m]);
      return units;
    };
    std::vector<Arms*> telling;
    for (Arms* part : parts) {
      const auto is_few = [&](const ArmTally& arm) { return few(cell(arm.metrics[m])); };
      if (sum(*part) > 0 && std::none_of(part->begin(), part->end(), is_few)) telling.push_back(part);
    }
    while (!telling.empty()) {
      bool is_told = false;
      for (std::size_t v = 0; v < all.size(); ++v) {
        std::int64_t rest = cell(all[v].metrics[m]);
        for (const Arms* part : telling) rest -= cell((*part)[v].metrics[m]);
        is_told = is_told || few(rest);
      }
      if (!is_told) return;
      const auto smallest = std::min_element(telling.begin(), telling.end(),
                                             [&](const Arms* a, const Arms* b) { return sum(*a) < sum(*b); });
      for (ArmTally& arm : **smallest) blank(arm);
      telling.erase(smallest);
      ++withheld_;
    }
  }

  [[nodiscard]] bool has_small_epoch() const {
    for (const Epoch& epoch : tally_.epochs) {
      Arms units(tally_.variants.size());
      for (const DayTally& day : tally_.days) {
        if (day.day < epoch.first_day || day.day > epoch.last_day) continue;
        for (std::size_t v = 0; v < units.size(); ++v) units[v].units += day.arms[v].units;
      }
      if (is_small(units)) return true;
    }
    return false;
  }

  void drop_looks() {
    std::vector<LookTally>& looks = tally_.looks;
    if (tally_.epochs.size() > 1 && has_small_epoch()) {
      withheld_ += static_cast<std::int64_t>(looks.size());
      looks.clear();
    }
    for (std::size_t next = looks.size(); next-- > 1;) {
      if (!is_few_between(looks[next - 1], looks[next])) continue;
      looks.erase(looks.begin() + static_cast<std::ptrdiff_t>(next) - 1);
      ++withheld_;
    }
    for (LookTally& look : looks) blank_look(look);
  }

  [[nodiscard]] bool is_few_between(const LookTally& look, const LookTally& next) const {
    for (std::size_t v = 0; v < look.arms.size(); ++v) {
      for (std::size_t m = 0; m < look.arms[v].size(); ++m) {
        const LookMetric& now = look.arms[v][m];
        const LookMetric& then = next.arms[v][m];
        const std::int64_t exposed = now.mature.units + now.immature_units;
        if (few(exposed) || few(now.mature.units) || few(then.mature.units - now.mature.units) ||
            few(then.mature.units + then.immature_units - exposed))
          return true;
      }
    }
    return false;
  }

  // The last look stays, as all units do; what is few in it is left out of both.
  void blank_look(LookTally& look) {
    for (std::size_t m = 0; m < tally_.metrics.size(); ++m) {
      bool is_few = false;
      bool is_open = false;
      for (const auto& arm : look.arms) {
        is_few = is_few || few(arm[m].mature.units);
        is_open = is_open || few(arm[m].immature_units);
      }
      for (auto& arm : look.arms) {
        if (is_few) arm[m] = {{}, {}, 0, std::vector<std::int64_t>(arm[m].first_events.size(), 0)};
        if (is_open) std::fill(arm[m].first_events.begin(), arm[m].first_events.end(), 0);
      }
      withheld_ += is_few || is_open ? 1 : 0;
    }
  }

  Tally& tally_;
  std::int64_t least_;
  std::int64_t withheld_ = 0;
};

}  // namespace

CoarseTally without_small_cells(Tally tally, std::int64_t least_units) {
  Coarsener coarsener(tally, least_units);
  if (tally.margins.empty() || coarsener.is_small(tally.margins.front().arms)) return {std::nullopt, 1};
  const std::int64_t withheld = coarsener.coarsen();
  return {std::move(tally), withheld};
}

}  // namespace tactful
