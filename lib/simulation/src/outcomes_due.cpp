#include "outcomes_due.hpp"

#include <tuple>

#include "world.hpp"

namespace tactful::simulation {

void OutcomesDue::add(std::int64_t customer, std::size_t variant, TimeMs sent, Random& random) {
  for (std::size_t i = 0; i < world_->outcomes.size(); ++i) {
    const SimulatedOutcome& outcome = world_->outcomes[i];
    const auto hours = draw_delay(outcome, variant, random);
    double value = outcome.lowest;
    for (double step = outcome.lowest; step < outcome.highest; step += 1.0) {
      if (random.uniform() < outcome.level[variant]) value += 1.0;
    }
    if (!hours) continue;
    const auto delay = static_cast<TimeMs>(*hours * static_cast<double>(kMillisecondsPerHour));
    queue_.push({sent + delay, customer, i, value});
  }
}

bool OutcomesDue::Later::operator()(const DueOutcome& a, const DueOutcome& b) const noexcept {
  return std::tie(a.at, a.customer, a.outcome) > std::tie(b.at, b.customer, b.outcome);
}

}  // namespace tactful::simulation
