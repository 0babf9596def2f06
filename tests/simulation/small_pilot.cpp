#include "small_pilot.hpp"

#include <stdexcept>

#include "tactful/core/file.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful::test {

Experiment payment_reminder() {
  const auto file = read_experiment(std::filesystem::path(TACTFUL_SOURCE_DIR) / "experiments/payment-reminder.json");
  if (!file) throw std::runtime_error(describe(file.error()));
  if (!file->experiment) throw std::runtime_error(describe(file->diagnostics, "payment-reminder.json"));
  return *file->experiment;
}

void write_catalogue(const std::filesystem::path& folder, const Experiment& experiment) {
  std::filesystem::create_directories(folder);
  const Status written = write_file_atomically(folder / (experiment.key + ".json"), to_json(experiment).dump(2));
  if (!written) throw std::runtime_error(describe(written.error()));
}

World small_world(std::uint64_t seed, std::int64_t customers_per_week) {
  World world = payment_reminder_world(seed);
  world.customers_per_week = customers_per_week;
  return world;
}

}  // namespace tactful::test
