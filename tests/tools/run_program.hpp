#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/temp_dir.hpp"
#include "tactful/core/json.hpp"

/// Running the built program as a user does.
namespace tactful::test {

struct RunResult {
  int exit_code = -1;  ///< -1 when it did not end by itself.
  std::string out, err;
};

/// Runs `tactful` with these words, `input` on its standard input, and these variables on top of a plain environment
/// (no terminal, C.UTF-8), in the folder `in`.
[[nodiscard]] RunResult run_program(const std::vector<std::string>& words, std::string_view input = "",
                                    const std::map<std::string, std::string>& environment = {},
                                    const std::filesystem::path& in = ".");

/// Runs a line of sh in which "$TACTFUL" is the program.
[[nodiscard]] RunResult run_shell(const std::string& line);

/// The JSON value of a text; a test fails when it is none.
[[nodiscard]] Json json_of(std::string_view text);
/// Values of JSON lines.
[[nodiscard]] std::vector<Json> json_lines(std::string_view text);

/// A folder that is removed at the end, and writes files by name.
class TempFolder : public TempDir {
 public:
  /// Writes a file and gives its path as text.
  std::string write(const std::string& name, std::string_view content) const;
  [[nodiscard]] std::string file(const std::string& name) const { return (path() / name).string(); }
};

/// A small good experiment: key `late-fee`, variants control and kind, no scope, success metric converted, guardrail
/// complaint with an absolute margin, approvals by compliance, enrolment over in 2026-05.
[[nodiscard]] std::string small_experiment();

/// `text` with the first `from` replaced by `to`; `from` must be there.
[[nodiscard]] std::string replaced(std::string text, std::string_view from, std::string_view to);

}  // namespace tactful::test
