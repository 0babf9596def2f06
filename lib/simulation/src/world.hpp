#pragma once

#include <optional>
#include <string>
#include <vector>

#include "random.hpp"
#include "tactful/assignment/assigner.hpp"
#include "tactful/simulation/pilot.hpp"

namespace tactful::simulation {

inline constexpr const char* kElsewhere = "elsewhere";

/// Errors: kInvalidArgument naming what does not fit the experiment. Otherwise the world with its outcomes in the order
/// of the experiment's variants and every `level` filled in.
[[nodiscard]] Result<World> fit_world(const World& world, const Experiment& experiment);

/// The probability that a customer of the variant has the outcome within `window_ms` of exposure.
[[nodiscard]] double probability_within(const SimulatedOutcome& outcome, std::size_t variant, double window_ms);

/// A delay in hours of an outcome that happens, and whether it happens at all; takes two random numbers.
[[nodiscard]] std::optional<double> draw_delay(const SimulatedOutcome& outcome, std::size_t variant, Random& random);

/// A customer as a sender knows them. Texts live here, so it is used in place.
class Customer {
 public:
  Customer(const World& world, const Experiment& experiment) : world_(&world), clustered_(experiment.is_clustered()) {}

  /// Becomes customer `number`, facts drawn afresh.
  void draw(std::int64_t number, Random& random);
  [[nodiscard]] Subject subject() const { return {unit_, cluster_, attributes_}; }
  [[nodiscard]] const std::string& unit() const noexcept { return unit_; }

 private:
  const World* world_;
  bool clustered_;
  std::string unit_, cluster_;
  std::vector<Attribute> attributes_;
};

[[nodiscard]] std::string unit_name(std::int64_t number);

/// Errors: kInvalidArgument when none of many drawn customers is in the experiment's scope.
[[nodiscard]] Status check_scope(const World& world, const Experiment& experiment);

}  // namespace tactful::simulation
