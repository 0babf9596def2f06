#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "command.hpp"
#include "tactful/experiment/experiment.hpp"

/// What the follow-up ladder says to a review: who has been waiting too long.
namespace tactful::tools {

struct Escalations {
  std::int64_t due = 0;      ///< Escalations of the experiment's contacts whose time has come, overdue ones included.
  std::int64_t overdue = 0;  ///< Of them, not taken up within their time.
};

/// Counts them in the contact state of --state; nothing where it is not given. `folder` holds `contact/`.
/// Errors: those of the contact state and of the policies.
[[nodiscard]] Result<std::optional<Escalations>> escalations_of(const Arguments& arguments,
                                                                const std::filesystem::path& folder,
                                                                const Experiment& experiment, TimeMs now,
                                                                Console& console);

/// One line for the review.
[[nodiscard]] std::string in_words(const Escalations& escalations, const Experiment& experiment);

}  // namespace tactful::tools
