#include "holdout.hpp"

#include "evaluation.hpp"
#include "inputs.hpp"
#include "tactful/tally/tally_events.hpp"

namespace tactful::tools {
namespace {

/// Null where no window has closed.
Json mean_of(const ArmMetric& metric) {
  if (metric.mature.units == 0) return {};
  return metric.mature.sum.value() / static_cast<double>(metric.mature.units);
}

/// Share of the units whose window has closed; below 1 the value is still maturing.
Json follow_up_of(const ArmMetric& metric) {
  const std::int64_t all = metric.mature.units + metric.immature_units;
  if (all == 0) return {};
  return static_cast<double>(metric.mature.units) / static_cast<double>(all);
}

/// One row a metric of the arms that have units.
void add_rows(const Tally& tally, std::string_view group, Table& table) {
  const MarginTally& all = tally.margins.front();
  for (std::size_t m = 0; m < tally.metrics.size(); ++m) {
    for (std::size_t v = 0; v < all.arms.size(); ++v) {
      const ArmTally& arm = all.arms[v];
      if (arm.units == 0) continue;
      const ArmMetric& metric = arm.metrics[m];
      std::vector<Json> row = {group, tally.variants[v], tally.metrics[m]};
      for (const std::int64_t count : {arm.units, metric.mature.units, metric.immature_units, metric.first_events})
        row.emplace_back(count);
      row.push_back(mean_of(metric));
      row.push_back(follow_up_of(metric));
      table.rows.push_back(std::move(row));
    }
  }
}

}  // namespace

Result<int> show_holdout(const Experiment& experiment, const Ledger& ledger, const Arguments& arguments,
                         Console& console) {
  const auto lifecycle = lifecycle_of(experiment, ledger);
  if (!lifecycle) return lifecycle.error();
  const auto in_force = tally_phase(experiment, ledger, arguments, lifecycle->phase, console);
  if (!in_force) return in_force.error();
  const auto store = Store::open(*arguments.text("--store"), Store::Mode::kReadOnly, console.log.get());
  if (!store) return store.error();
  TallyOptions options;
  options.as_of = in_force->tally.as_of;
  options.phase = std::string(kHoldoutPhase);
  const auto held_out = tally_events(experiment, **store, options);
  if (!held_out) return held_out.error();
  Table table{{"group", "variant", "metric", "units", "mature", "immature", "first_events", "value", "follow_up"}, {}};
  add_rows(*held_out, kHoldoutPhase, table);
  add_rows(in_force->tally, lifecycle->phase, table);
  console.out.write(render(table, console.format));
  if (console.format == Format::kJson) console.out.line("");
  console.note("shown, not tested: the holdout is outside every experiment; value is of units whose window has closed");
  return kDone;
}

}  // namespace tactful::tools
