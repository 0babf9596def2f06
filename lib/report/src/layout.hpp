#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tactful::report {

/// Words of `text` broken into lines at most `columns` wide on the terminal. A word wider than a line (an address, a
/// sentence in Chinese) is broken between characters. At least one line.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t columns);

/// What colour says is always said in words too.
enum class Tone { kPlain, kStrong, kQuiet, kGood, kBad, kCaution };

/// The text in the tone's ANSI colour, or as it is.
[[nodiscard]] std::string paint(std::string_view text, Tone tone, bool colour);

struct Cell {
  std::string text;
  Tone tone = Tone::kPlain;
};

/// Rows of cells under a head, aligned by display width.
struct Grid {
  std::vector<std::string> head;
  std::vector<bool> left;               ///< By column: left aligned; others right.
  std::vector<std::vector<Cell>> rows;  ///< A short row ends early.
  std::vector<std::size_t> least = {};  ///< Least width by column, so that several grids line up; may be empty.

  [[nodiscard]] std::size_t width() const;
  [[nodiscard]] std::vector<std::size_t> column_widths() const;
  /// Lines without indent and without trailing blanks; the head is kQuiet.
  [[nodiscard]] std::vector<std::string> lines(bool colour) const;
};

}  // namespace tactful::report
