#pragma once

#include <string>

#include "tactful/report/scorecard_report.hpp"
#include "view.hpp"

namespace tactful::report {

[[nodiscard]] std::string render_table(const View& view, const ReportOptions& options);
[[nodiscard]] std::string render_markdown(const View& view, ReportLanguage language);
/// From the numbers themselves, at full precision.
[[nodiscard]] std::string render_csv(const Scorecard& scorecard);

}  // namespace tactful::report
