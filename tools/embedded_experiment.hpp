#pragma once

#include <string_view>

namespace tactful::tools {

/// The text of experiments/payment-reminder.json, built into the program so that the demo works anywhere.
[[nodiscard]] std::string_view embedded_experiment() noexcept;

}  // namespace tactful::tools
