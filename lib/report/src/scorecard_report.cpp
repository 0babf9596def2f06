#include "tactful/report/scorecard_report.hpp"

#include <algorithm>

#include "phrasebook.hpp"
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
      return report::render_markdown(report::view_in(report::make_view(scorecard), options.language), options.language);
    case ReportFormat::kTable:
      break;
  }
  ReportOptions within = options;
  within.columns = std::max(options.columns, kLeastColumns);
  return report::render_table(report::view_in(report::make_view(scorecard), options.language), within);
}

std::string in_language(const std::string& sentence, ReportLanguage language) {
  return language == ReportLanguage::kChinese ? report::chinese().say(sentence) : sentence;
}

}  // namespace tactful
