#include <algorithm>

#include "metric_text.hpp"
#include "numbers.hpp"

namespace tactful::report {
namespace {

BriefRow brief_row(const MetricResult& result, const Scale& scale, double level) {
  BriefRow row;
  row.variant = result.variant;
  if (!has_numbers(result)) {
    row.control = row.treatment = row.difference = row.interval = kNone;
    row.remark = result.unavailable;
    row.has_numbers = false;
    return row;
  }
  const auto arm_text = [&](const ArmValue& arm) {
    return fixed_text(arm.value * scale.factor, scale.value_decimals) + " (" + count_text(arm.units) + ")";
  };
  row.control = arm_text(result.control);
  row.treatment = arm_text(result.treatment);
  row.difference = difference_text(result, scale);
  row.interval = difference_interval_text(result, scale, level);
  row.remark = follow_up_text(result);
  return row;
}

BriefTable brief_table(const Results& results, const std::string& label_head) {
  const double level = common_level(results);
  const Scale scale = scale_of(results);
  BriefTable table;
  table.title = results.front()->metric;
  table.value_unit = scale.value_head + "; " + scale.difference_head;
  table.label_head = label_head;
  table.interval_head = interval_head(level);
  return table;
}

// Early on no window has closed anywhere: one line says so.
void fold_empty(BriefTable& table) {
  const std::string why = table.rows.front().remark;
  const bool is_empty = std::all_of(table.rows.begin(), table.rows.end(),
                                    [&](const BriefRow& row) { return !row.has_numbers && row.remark == why; });
  if (!is_empty) return;
  table.rows.clear();
  table.note = "unavailable in every segment: " + why;
}

// A segment of one value repeats the whole.
bool has_one_value(const Scorecard& card, const std::string& segment) {
  return std::count_if(card.segments.begin(), card.segments.end(),
                       [&](const SegmentResult& s) { return s.segment == segment; }) == 1;
}

const SegmentEffects::Value* drawn_effect(const Scorecard& card, const SegmentResult& segment,
                                          const MetricResult& result) {
  for (const SegmentEffects& effects : card.segment_effects) {
    if (effects.segment != segment.segment || effects.metric != result.metric || effects.variant != result.variant)
      continue;
    for (const SegmentEffects::Value& one : effects.values) {
      if (one.value == segment.value) return &one;
    }
  }
  return nullptr;
}

// `drawn together +1.05 (+0.60 to +1.50)`, the effect beside it being the raw one.
std::string drawn_text(const SegmentEffects::Value* drawn, MetricResult result, const Scale& scale) {
  if (drawn == nullptr) return {};
  result.difference = drawn->estimate;
  return "drawn together " + difference_text(result, scale) + " (" +
         difference_interval_text(result, scale, drawn->estimate.level) + ")";
}

}  // namespace

std::vector<BriefTable> sensitivity_tables(const Scorecard& card) {
  std::vector<BriefTable> tables;
  for (const Results& results : by_metric(card.sensitivity, [](const MetricResult&) { return true; })) {
    BriefTable table = brief_table(results, "");
    for (const MetricResult* result : results) {
      BriefRow row = brief_row(*result, scale_of(results), common_level(results));
      const auto main = std::find_if(card.metrics.begin(), card.metrics.end(), [&](const MetricResult& r) {
        return r.metric == result->metric && r.variant == result->variant;
      });
      if (has_numbers(*result) && main != card.metrics.end() && has_numbers(*main)) {
        const bool same = main->verdict == result->verdict;
        const std::string open = row.remark;
        row.remark = same ? "same verdict" : "DIFFERS: " + verdict_words(result->verdict);
        if (!open.empty()) row.remark += ", " + open;
      }
      table.rows.push_back(std::move(row));
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

std::vector<BriefTable> segment_tables(const Scorecard& card) {
  std::vector<MetricResult> flat;  // every segment's results, so that they group by metric
  std::vector<std::string> labels;
  std::vector<const SegmentEffects::Value*> drawn;
  for (const SegmentResult& segment : card.segments) {
    if (has_one_value(card, segment.segment)) continue;
    for (const MetricResult& result : segment.metrics) {
      if (result.role == Role::kMonitor) continue;
      flat.push_back(result);
      labels.push_back(segment.segment + " " + segment.value);
      drawn.push_back(drawn_effect(card, segment, result));
    }
  }
  std::vector<BriefTable> tables;
  for (const Results& results : by_metric(flat, [](const MetricResult&) { return true; })) {
    BriefTable table = brief_table(results, "segment");
    bool has_drawn = false;
    for (const MetricResult* result : results) {
      BriefRow row = brief_row(*result, scale_of(results), common_level(results));
      const auto index = static_cast<std::size_t>(result - flat.data());
      row.label = labels[index];
      const std::string together = drawn_text(drawn[index], *result, scale_of(results));
      if (!together.empty()) {
        row.remark = together + (row.remark.empty() ? "" : "; " + row.remark);
        has_drawn = true;
      }
      table.rows.push_back(std::move(row));
    }
    if (has_drawn) table.value_unit += "; diff is raw, drawn together is what luck leaves of it (95 %)";
    fold_empty(table);
    tables.push_back(std::move(table));
  }
  return tables;
}

std::string segment_remark(const Scorecard& card) {
  std::string single;
  bool has_monitored = false;
  for (const SegmentResult& segment : card.segments) {
    if (has_one_value(card, segment.segment)) {
      single += (single.empty() ? "" : ", ") + segment.segment + " " + segment.value;
      continue;
    }
    for (const MetricResult& result : segment.metrics) has_monitored = has_monitored || result.role == Role::kMonitor;
  }
  std::string remark = single.empty() ? "" : "Left out, since every unit is in it: " + single + ".";
  if (has_monitored)
    remark +=
        std::string(remark.empty() ? "" : " ") + "Monitored metrics by segment stand in the CSV and JSON reports.";
  return remark;
}

}  // namespace tactful::report
