#include "tactful/tally/counts.hpp"

#include <algorithm>

#include "counts_rows.hpp"
#include "looks.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful {
namespace {

/// Builds one experiment with its tally from its rows, in the order of the file.
class CountsBuilder {
 public:
  CountsBuilder(std::string file, std::string key) : file_(std::move(file)) {
    experiment_.key = experiment_.title = experiment_.salt = std::move(key);
    experiment_.unit = "unit";
    experiment_.scope = Json::object();
    experiment_.ramp.push_back({0, Fraction{Fraction::kWhole}});
    experiment_.plan.enrolment_end = kMillisecondsPerDay;
    experiment_.plan.minimum_days = 0;
    experiment_.plan.full_weeks = false;
  }

  [[nodiscard]] Status add(const CountsRow& row) {
    const std::size_t variant = variant_of(row);
    const std::size_t metric = metric_of(row);
    if (auto status = agree(row, variant, metric); !status) return status;
    cells_.resize(experiment_.metrics.size());
    cells_[metric].resize(std::max(cells_[metric].size(), variant + 1), -1);
    if (cells_[metric][variant] >= 0) {
      return error(row, "variant", "variant " + row.variant + " stands twice for metric " + row.metric,
                   "add the counts, or remove one of the rows");
    }
    cells_[metric][variant] = row.successes;
    return {};
  }

  [[nodiscard]] Result<CountsTally> build() {
    if (experiment_.variants.size() < 2) {
      return Error{ErrorCode::kInvalidInput, "experiment " + experiment_.key + " has only one variant", file_,
                   "an experiment compares at least two; the first in the file is the control"};
    }
    for (std::size_t m = 0; m < cells_.size(); ++m) {
      cells_[m].resize(experiment_.variants.size(), -1);
      for (std::size_t v = 0; v < cells_[m].size(); ++v) {
        if (cells_[m][v] < 0) {
          return Error{ErrorCode::kInvalidInput,
                       "experiment " + experiment_.key + " has no row for metric " + experiment_.metrics[m].key +
                           " and variant " + experiment_.variants[v].key,
                       file_, "give every metric for every variant"};
        }
      }
    }
    std::string weights;
    for (const Variant& variant : experiment_.variants) {
      weights += (weights.empty() ? "" : ":") + std::to_string(variant.weight);
    }
    experiment_.randomisation = (has_weights_ ? "as the file declares, weights " : "equal weights assumed, ") + weights;
    experiment_.pilot.end = experiment_.last_look();
    return CountsTally{experiment_, tally()};
  }

 private:
  Error error(const CountsRow& row, std::string_view column, std::string message, std::string hint) const {
    return {ErrorCode::kInvalidInput, std::move(message),
            file_ + ":" + std::to_string(row.line) + ":" + std::string(column), std::move(hint)};
  }

  std::size_t variant_of(const CountsRow& row) {
    if (const auto known = experiment_.variant_index(row.variant)) return *known;
    Variant variant;
    variant.key = row.variant;
    variant.weight = row.weight.value_or(1);
    variant.wording = "variant-" + std::to_string(experiment_.variants.size());
    if (row.weight) has_weights_ = true;
    experiment_.variants.push_back(std::move(variant));
    units_.push_back(row.n);
    return experiment_.variants.size() - 1;
  }

  std::size_t metric_of(const CountsRow& row) {
    for (std::size_t m = 0; m < experiment_.metrics.size(); ++m) {
      if (experiment_.metrics[m].key == row.metric) return m;
    }
    Metric metric;
    metric.key = metric.outcome = row.metric;
    metric.window_ms = kMillisecondsPerDay;
    metric.role = row.role.value_or(Role::kSuccess);
    const bool is_harm = row.metric == "complaint" || row.metric == "repeat_contact" || row.metric == "opted_out";
    metric.direction = row.direction.value_or(is_harm || metric.role == Role::kGuardrail ? Direction::kDecrease
                                                                                         : Direction::kIncrease);
    if (metric.role == Role::kGuardrail) {
      metric.margin = counts_margin(metric.direction);
    }
    experiment_.metrics.push_back(std::move(metric));
    return experiment_.metrics.size() - 1;
  }

  [[nodiscard]] Status agree(const CountsRow& row, std::size_t variant, std::size_t metric) const {
    if (units_[variant] != row.n) {
      return error(row, "n",
                   "variant " + row.variant + " has " + std::to_string(row.n) + " units here and " +
                       std::to_string(units_[variant]) + " before",
                   "every randomised unit counts for every metric; give metrics of other units a name of their own in "
                   "`experiment`");
    }
    if (row.weight && *row.weight != experiment_.variants[variant].weight) {
      return error(row, "weight", "variant " + row.variant + " has another weight here than before", "");
    }
    const Metric& known = experiment_.metrics[metric];
    if (row.role && *row.role != known.role) {
      return error(row, "role", "metric " + row.metric + " has another role here than before", "");
    }
    if (row.direction && *row.direction != known.direction) {
      return error(row, "direction", "metric " + row.metric + " has another direction here than before", "");
    }
    return {};
  }

  [[nodiscard]] Tally tally() const {
    Tally tally;
    tally.experiment = experiment_.key;
    tally.fingerprint = fingerprint(experiment_);
    tally.source = TallySource::kCounts;
    tally.imported = true;
    tally.as_of = experiment_.last_look();
    for (const Variant& variant : experiment_.variants) tally.variants.push_back(variant.key);
    for (const Metric& metric : experiment_.metrics) tally.metrics.push_back(metric.key);
    MarginTally all;
    for (std::size_t v = 0; v < experiment_.variants.size(); ++v) {
      ArmTally arm;
      arm.units = units_[v];
      for (std::size_t m = 0; m < experiment_.metrics.size(); ++m) {
        ArmMetric metric;
        metric.mature.units = units_[v];
        metric.mature.sum.add(static_cast<double>(cells_[m][v]));
        metric.mature.squares.add(static_cast<double>(cells_[m][v]));
        metric.first_events = cells_[m][v];
        arm.metrics.push_back(metric);
      }
      tally.integrity.units += arm.units;
      tally.integrity.exposures += arm.units;
      if (experiment_.variants[v].weight == 0) tally.integrity.zero_weight_units += arm.units;
      all.arms.push_back(std::move(arm));
    }
    tally.without_crossovers = all;
    tally.margins.push_back(std::move(all));
    add_single_look(tally);
    return tally;
  }

  std::string file_;
  Experiment experiment_;
  std::vector<std::int64_t> units_;               // by variant
  std::vector<std::vector<std::int64_t>> cells_;  // successes by metric and variant, -1: no row yet
  bool has_weights_ = false;
};

}  // namespace

Margin counts_margin(Direction direction) noexcept {
  return {Margin::Kind::kRatio, direction == Direction::kDecrease ? kCountsMarginRatio : 1.0 / kCountsMarginRatio};
}

Result<std::vector<CountsTally>> read_counts(const std::filesystem::path& file, Encoding encoding) {
  const auto rows = read_counts_rows(file, encoding);
  if (!rows) return rows.error();
  std::vector<std::string> order;
  std::vector<CountsBuilder> builders;
  for (const CountsRow& row : *rows) {
    const auto place = std::find(order.begin(), order.end(), row.experiment);
    const auto index = static_cast<std::size_t>(place - order.begin());
    if (place == order.end()) {
      order.push_back(row.experiment);
      builders.emplace_back(file.string(), row.experiment);
    }
    if (auto status = builders[index].add(row); !status) return status.error();
  }
  std::vector<CountsTally> tallies;
  for (CountsBuilder& builder : builders) {
    auto tally = builder.build();
    if (!tally) return tally.error();
    tallies.push_back(std::move(*tally));
  }
  return tallies;
}

}  // namespace tactful
