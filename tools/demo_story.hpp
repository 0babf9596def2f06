#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "command.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/simulation/pilot.hpp"

/// How the demo tells what happens.
namespace tactful::tools::story {

void heading(Console& console, std::string_view text);

/// The question, the wordings, the rules.
void introduce(const Experiment& experiment, const std::string& folder, Console& console);

/// One week: how many messages, what the checks say, the rates so far by variant.
void tell_week(const WeekReport& week, Console& console);

/// Opens a sender on the catalogue, decides for fresh customers at `now`, and shows the shares and one message.
/// Errors: those of the sender.
[[nodiscard]] Status show_sender(const std::filesystem::path& catalogue, const std::filesystem::path& work_folder,
                                 const Experiment& experiment, TimeMs now, std::uint64_t seed, Console& console);

}  // namespace tactful::tools::story
