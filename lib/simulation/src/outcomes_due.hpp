#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "random.hpp"
#include "tactful/simulation/pilot.hpp"

namespace tactful::simulation {

/// An outcome that will happen.
struct DueOutcome {
  TimeMs at = 0;
  std::int64_t customer = 0;
  std::size_t outcome = 0;  ///< Index into World::outcomes.
  double value = 1.0;
};

/// What the customers who were written to will do, in the order of time.
class OutcomesDue {
 public:
  explicit OutcomesDue(const World& world) : world_(&world) {}

  /// Draws what a customer does after a message of this variant at `sent`. Takes as many random numbers whatever
  /// comes out of them, so that a changed probability does not change everybody else.
  void add(std::int64_t customer, std::size_t variant, TimeMs sent, Random& random);

  [[nodiscard]] bool has_before(TimeMs time) const { return !queue_.empty() && queue_.top().at < time; }
  [[nodiscard]] DueOutcome take() {
    const DueOutcome next = queue_.top();
    queue_.pop();
    return next;
  }

 private:
  struct Later {
    bool operator()(const DueOutcome& a, const DueOutcome& b) const noexcept;
  };
  const World* world_;
  std::priority_queue<DueOutcome, std::vector<DueOutcome>, Later> queue_;
};

}  // namespace tactful::simulation
