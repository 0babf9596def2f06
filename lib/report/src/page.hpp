#pragma once

#include <algorithm>
#include <string>

#include "layout.hpp"
#include "render.hpp"
#include "tactful/core/text.hpp"

namespace tactful::report {

// Writes lines, each harmless for the terminal and at most as wide as it.
class Page {
 public:
  explicit Page(const ReportOptions& options)
      : colour_(options.colour), columns_(options.columns), language_(options.language) {}

  // A word of the report's own in its language.
  [[nodiscard]] std::string say(const std::string& word) const { return in_language(word, language_); }
  // A colon as the language writes it.
  [[nodiscard]] std::string colon() const { return language_ == ReportLanguage::kChinese ? "：" : ": "; }

  [[nodiscard]] std::string stop() const { return language_ == ReportLanguage::kChinese ? "。" : "."; }

  void blank() { text_ += '\n'; }

  void line(const std::string& finished, std::size_t indent = 0) {
    text_ += finished.empty() ? "" : std::string(indent, ' ') + finished;
    text_ += '\n';
  }

  // Wrapped; the first line begins with `lead`, the others stand under what follows it.
  void paragraph(const std::string& raw_lead, const std::string& text, std::size_t indent, Tone tone = Tone::kPlain,
                 Tone lead_tone = Tone::kPlain) {
    const std::string lead = printable(raw_lead);
    const std::size_t hang = indent + display_width(lead);
    const std::vector<std::string> lines = wrap(printable(text), columns_ > hang + 20 ? columns_ - hang : 20);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      text_ += std::string(i == 0 ? indent : hang, ' ') + (i == 0 ? paint(lead, lead_tone, colour_) : "") +
               paint(lines[i], tone, colour_) + '\n';
    }
  }

  void heading(const std::string& title, const std::string& remark = {}) {
    blank();
    const std::string shown = printable(title);
    if (remark.empty()) return line(paint(shown, Tone::kStrong, colour_));
    const std::vector<std::string> lines = wrap(printable(remark), columns_ - display_width(shown) - 2);
    line(paint(shown, Tone::kStrong, colour_) + colon() + lines.front());
    for (std::size_t i = 1; i < lines.size(); ++i) line(lines[i], display_width(shown) + 2);
  }

  void facts(const Facts& facts, std::size_t indent) {
    std::size_t widest = 0;
    for (const auto& fact : facts) widest = std::max(widest, display_width(printable(fact.first)));
    if (indent + widest > columns_ / 2) {  // a label that leaves no room beside it
      for (const auto& fact : facts) paragraph("", fact.first + colon() + fact.second, indent);
      return;
    }
    for (const auto& fact : facts) paragraph(pad_right(printable(fact.first), widest + 2), fact.second, indent);
  }

  // Whether the grid fits beside the indent.
  [[nodiscard]] bool fits(const Grid& grid, std::size_t indent) const { return grid.width() + indent <= columns_; }

  void grid(const Grid& grid, std::size_t indent) {
    for (const std::string& row : grid.lines(colour_)) line(row, indent);
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  bool colour_;
  std::size_t columns_;
  ReportLanguage language_;
  std::string text_;
};

[[nodiscard]] inline std::string shown(const std::string& text) { return printable(text); }

/// Parts of the page that have a file of their own.
void add_checks(const View& view, Page& page);
void add_harm(const View& view, Page& page);
void add_brief(const BriefTable& table, Page& page);
void add_courses(const View& view, Page& page);

}  // namespace tactful::report
