#pragma once

namespace tactful::tools {

/// Parses the command line, runs the command, gives the exit code. Never throws.
[[nodiscard]] int run(int argc, const char* const* argv);

}  // namespace tactful::tools
