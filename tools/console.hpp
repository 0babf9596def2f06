#pragma once

#include <memory>
#include <string_view>

#include "output.hpp"
#include "table.hpp"
#include "tactful/core/log.hpp"
#include "tactful/core/result.hpp"
#include "tactful/core/time.hpp"

namespace tactful::tools {

/// What a command talks through: results to standard output, everything else to standard error.
struct Console {
  Output out;
  Format format = Format::kTable;
  bool json_errors = false;  ///< Errors as one JSON object on standard error.
  bool colour = false;       ///< Standard output is a terminal that wants colour.
  bool quiet = false;
  bool interactive = false;      ///< Somebody sits at both ends: asking is possible.
  std::size_t columns = 100;     ///< Width of the terminal.
  std::unique_ptr<LogSink> log;  ///< Messages of the library, to standard error.

  explicit Console(int descriptor) : out(descriptor) {}

  /// A message for a person, on standard error; none when quiet.
  void note(std::string_view text) const;
  /// A message that must be seen even when quiet.
  void warn(std::string_view text) const;
  /// Asks on standard error and reads one line. Only when interactive.
  [[nodiscard]] bool confirm(std::string_view question) const;
};

/// Writes the error to standard error, as text or as one JSON object.
void print_error(const Error& error, bool as_json);

/// Whether standard output is a terminal that wants colour: NO_COLOR, TACTFUL_NO_COLOR, TERM=dumb say no, FORCE_COLOR
/// yes.
[[nodiscard]] bool wants_colour();

/// Columns of the terminal, 100 where there is none; at least 60.
[[nodiscard]] std::size_t terminal_columns();

/// The machine's clock, read here and nowhere below.
[[nodiscard]] TimeMs now_ms();

}  // namespace tactful::tools
