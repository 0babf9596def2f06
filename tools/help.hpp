#pragma once

#include <string>
#include <vector>

#include "command.hpp"

namespace tactful::tools {

/// Help of the program: examples first, then the commands.
[[nodiscard]] std::string program_help(const std::vector<Command>& commands);

/// Help of one command: examples first, then its words, options, and what to do next.
[[nodiscard]] std::string command_help(const Command& command);

/// Options that every command takes.
[[nodiscard]] const std::vector<OptionSpec>& common_options();

[[nodiscard]] std::string_view to_string(Format format);

}  // namespace tactful::tools
