#include "tactful/report/scorecard_report.hpp"

#include <algorithm>

#include "render.hpp"

namespace tactful {
namespace {

constexpr std::size_t kLeastColumns = 60;

}  // namespace

std::string render_scorecard(const Scorecard& scorecard, const ReportOptions& options) {
  switch (options.format) {
    case ReportFormat::kJson:
      return to_json(scorecard).dump(2) + "\n";
    case ReportFormat::kCsv:
      return report::render_csv(scorecard);
    case ReportFormat::kMarkdown:
      return report::render_markdown(report::make_view(scorecard));
    case ReportFormat::kTable:
      break;
  }
  ReportOptions within = options;
  within.columns = std::max(options.columns, kLeastColumns);
  return report::render_table(report::make_view(scorecard), within);
}

}  // namespace tactful
