#include "layout.hpp"

#include <algorithm>

#include "tactful/core/text.hpp"

namespace tactful::report {
namespace {

constexpr std::size_t kGap = 2;

// Bytes of the UTF-8 sequence that `first` begins; the text was made valid before.
std::size_t sequence_bytes(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte < 0xC0) return 1;
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

// The longest head of `word` at most `columns` wide; at least one character, so that breaking always ends.
// Combining characters stay with their base, since they add no width.
std::size_t bytes_that_fit(std::string_view word, std::size_t columns) {
  std::size_t bytes = 0;
  while (bytes < word.size()) {
    const std::size_t next = std::min(word.size(), bytes + sequence_bytes(word[bytes]));
    if (bytes > 0 && display_width(word.substr(0, next)) > columns) break;
    bytes = next;
  }
  return bytes;
}

const char* ansi_code(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kStrong:
      return "\x1b[1m";
    case Tone::kQuiet:
      return "\x1b[2m";
    case Tone::kGood:
      return "\x1b[1;32m";
    case Tone::kBad:
      return "\x1b[1;31m";
    case Tone::kCaution:
      return "\x1b[1;33m";
  }
  return "";
}

}  // namespace

std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines(1);
  std::size_t used = 0;
  while (!text.empty()) {
    const std::size_t start = text.find_first_not_of(' ');
    if (start == std::string_view::npos) break;
    text.remove_prefix(start);
    std::size_t end = text.find(' ');
    // A number and its percent sign are one word.
    if (end != std::string_view::npos && text.substr(end, 2) == " %") end = text.find(' ', end + 1);
    std::string_view word = text.substr(0, end);
    text.remove_prefix(word.size());
    std::size_t width = display_width(word);
    const std::size_t blank = used > 0 ? 1 : 0;
    const bool fits = used + blank + width <= columns;
    // A very long word begins on the line that is open, where that leaves room for a piece worth reading.
    const bool starts_here = fits || (width > columns && used + blank + 8 <= columns);
    if (used > 0 && !starts_here) {
      lines.emplace_back();
      used = 0;
    } else if (used > 0) {
      lines.back() += ' ';
      ++used;
    }
    while (used + width > columns) {
      const std::size_t piece = bytes_that_fit(word, columns - used);
      if (piece == word.size()) break;
      lines.back() += word.substr(0, piece);
      lines.emplace_back();
      word.remove_prefix(piece);
      width = display_width(word);
      used = 0;
    }
    lines.back() += word;
    used += width;
  }
  return lines;
}

std::string paint(std::string_view text, Tone tone, bool colour) {
  if (!colour || tone == Tone::kPlain || text.empty()) return std::string(text);
  return ansi_code(tone) + std::string(text) + "\x1b[0m";
}

std::vector<std::size_t> Grid::column_widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < head.size(); ++i) {
    widths.push_back(std::max(display_width(head[i]), i < least.size() ? least[i] : 0));
  }
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i].text));
  }
  return widths;
}

std::size_t Grid::width() const {
  std::size_t total = head.empty() ? 0 : kGap * (head.size() - 1);
  for (const std::size_t width : column_widths()) total += width;
  return total;
}

std::vector<std::string> Grid::lines(bool colour) const {
  const std::vector<std::size_t> widths = column_widths();
  std::vector<std::vector<Cell>> all(1);
  for (const std::string& text : head) all.front().push_back({text, Tone::kQuiet});
  all.insert(all.end(), rows.begin(), rows.end());

  std::vector<std::string> lines;
  for (const auto& row : all) {
    std::string line;
    std::string pending;  // blanks that are only written when something follows
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::size_t width = display_width(row[i].text);
      const std::string padding(widths[i] - width, ' ');
      if (!left[i]) pending += padding;
      if (!row[i].text.empty()) {
        line += pending + paint(row[i].text, row[i].tone, colour);
        pending.clear();
      }
      if (left[i]) pending += padding;
      pending.append(kGap, ' ');
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace tactful::report
