#pragma once

#include <string>

#include "tactful/decision/scorecard.hpp"

namespace tactful {

enum class ReportFormat { kTable, kJson, kCsv, kMarkdown };

enum class ReportLanguage { kEnglish, kChinese };

struct ReportOptions {
  ReportFormat format = ReportFormat::kTable;
  ReportLanguage language = ReportLanguage::kEnglish;  ///< Of kTable and kMarkdown; JSON and CSV are English.
  bool colour = false;        ///< ANSI colours; only for kTable, never the only carrier of meaning.
  std::size_t columns = 100;  ///< Width of the terminal; 60 or more.
};

/// The scorecard for people or programs, in the order: identity, verdict with reasons, checks, metrics by role,
/// segments, method and fingerprints. Labels from data are made harmless for terminals (printable()), spreadsheets
/// (formula cells) and Markdown.
[[nodiscard]] std::string render_scorecard(const Scorecard& scorecard, const ReportOptions& options = {});

/// A sentence of a scorecard (a reason, a reading, a check's finding) in that language; labels, ids and numbers stay,
/// and so does a sentence that people wrote.
[[nodiscard]] std::string in_language(const std::string& sentence, ReportLanguage language);

}  // namespace tactful
