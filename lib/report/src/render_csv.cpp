#include <array>
#include <optional>
#include <string_view>

#include "metric_text.hpp"
#include "numbers.hpp"
#include "render.hpp"
#include "tactful/core/text.hpp"

namespace tactful::report {
namespace {

constexpr std::string_view kHead =
    "experiment,as_of,planned_look,action,recommended,analysis,segment,segment_value,metric,role,kind,variant,"
    "control_units,control_total,control_value,treatment_units,treatment_total,treatment_value,"
    "difference,difference_low,difference_high,difference_level,relative,relative_low,relative_high,relative_level,"
    "p_value,p_adjusted,alpha,p_harm,verdict,hypothesis,method,reading,immature_control,immature_treatment,"
    "unavailable\n";

// Whether a spreadsheet would take a cell that begins so for a formula; full-width signs too.
bool begins_like_formula(std::string_view text) {
  constexpr std::array<std::string_view, 8> kSigns = {
      "=", "+", "-", "@", "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"};
  for (const std::string_view sign : kSigns) {
    if (text.substr(0, sign.size()) == sign) return true;
  }
  return false;
}

std::string text_cell(std::string_view text) {
  std::string clean = printable(text);  // no tab, carriage return or line feed is left in it
  if (begins_like_formula(trim(clean))) clean.insert(0, 1, '\'');
  if (clean.find_first_of(",\"") == std::string::npos) return clean;
  std::string quoted = "\"";
  for (const char c : clean) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string number_cell(const std::optional<double>& value) { return value ? exact_text(*value) : std::string(); }

// One line, cell by cell.
class Line {
 public:
  Line& text(std::string_view value) { return add(text_cell(value)); }
  Line& number(const std::optional<double>& value) { return add(number_cell(value)); }
  Line& count(std::int64_t value) { return add(std::to_string(value)); }
  Line& blank(int cells) {
    for (int i = 0; i < cells; ++i) add({});
    return *this;
  }
  Line& arm(const ArmValue& value) { return count(value.units).number(value.total).number(value.value); }
  Line& effect(const std::optional<EffectInterval>& value) {
    if (!value) return blank(4);
    return number(value->estimate).number(value->low).number(value->high).number(value->level);
  }
  [[nodiscard]] std::string take() { return std::move(line_) + "\n"; }

 private:
  Line& add(const std::string& cell) {
    if (!first_) line_ += ',';
    first_ = false;
    line_ += cell;
    return *this;
  }
  std::string line_;
  bool first_ = true;
};

struct Analysis {
  std::string_view name, segment, value;
};

std::string result_line(const Scorecard& card, const Analysis& analysis, const MetricResult& result) {
  Line line;
  line.text(card.experiment)
      .text(card.as_of > 0 && card.source != TallySource::kCounts ? format_time(card.as_of, card.utc_offset) : "");
  line.text(card.planned_look ? "true" : "false")
      .text(to_string(card.recommendation.action))
      .text(card.recommendation.variant);
  line.text(analysis.name).text(analysis.segment).text(analysis.value);
  line.text(result.metric).text(to_string(result.role)).text(result.kind).text(result.variant);
  if (!result.unavailable.empty()) {
    if (has_counts(result)) {
      line.arm(result.control).arm(result.treatment).blank(12);
    } else {
      line.blank(18);
    }
    line.text(to_string(Verdict::kUnavailable)).text(result.hypothesis).text(result.method).blank(3);
    return line.text(result.unavailable).take();
  }
  line.arm(result.control).arm(result.treatment).effect(result.difference).effect(result.relative);
  line.number(result.p_value).number(result.p_adjusted).number(result.alpha).number(result.p_harm);
  line.text(to_string(result.verdict)).text(result.hypothesis).text(result.method).text(result.reading);
  return line.count(result.immature_control).count(result.immature_treatment).blank(1).take();
}

}  // namespace

std::string render_csv(const Scorecard& card) {
  std::string csv(kHead);
  for (const MetricResult& result : card.metrics) csv += result_line(card, {"main", "", ""}, result);
  for (const MetricResult& result : card.sensitivity) csv += result_line(card, {"without_crossovers", "", ""}, result);
  for (const SegmentResult& segment : card.segments) {
    for (const MetricResult& result : segment.metrics) {
      csv += result_line(card, {"segment", segment.segment, segment.value}, result);
    }
  }
  return csv;
}

}  // namespace tactful::report
