#pragma once

#include <filesystem>

#include "tactful/experiment/experiment.hpp"
#include "tactful/simulation/pilot.hpp"

namespace tactful::test {

/// The example experiment of the repository.
[[nodiscard]] Experiment payment_reminder();

/// A catalogue folder with this one experiment.
void write_catalogue(const std::filesystem::path& folder, const Experiment& experiment);

/// The payment-reminder world with few customers.
[[nodiscard]] World small_world(std::uint64_t seed, std::int64_t customers_per_week);

}  // namespace tactful::test
