#include "tactful/core/probability.hpp"

#include <charconv>
#include <string>

namespace tactful {
namespace {

std::string number_text(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

Error out_of_range(double value, std::string_view name, std::string_view range) {
  std::string hint;
  if (value > 1 && value <= 100) hint = "write a fraction, not a percentage: " + number_text(value / 100);
  return {ErrorCode::kInvalidArgument,
          std::string(name) + " is " + number_text(value) + ", outside " + std::string(range), std::string(name), hint};
}

}  // namespace

Result<Probability> Probability::make(double value, std::string_view name) {
  if (!(value >= 0.0 && value <= 1.0)) return out_of_range(value, name, "[0, 1]");
  return Probability(value);
}

Result<Level> Level::make(double value, std::string_view name) {
  if (!(value > 0.0 && value < 1.0)) return out_of_range(value, name, "(0, 1)");
  return Level(value);
}

}  // namespace tactful
