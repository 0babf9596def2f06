#include "support.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

std::string number_text(double value) {
  std::array<char, 40> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.12g", value);
  return {buffer.data(), static_cast<std::size_t>(length)};
}

}  // namespace

Error out_of_range(std::string_view name, double value, std::string_view rule) {
  std::string message(name);
  message += " is " + number_text(value) + ", it must be ";
  message += rule;
  return {ErrorCode::kInvalidArgument, std::move(message), std::string(name), {}};
}

Error invalid_argument(std::string_view name, std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message), std::string(name), {}};
}

Error insufficient(std::string_view where, std::string message, std::string hint) {
  return {ErrorCode::kInsufficientData, std::move(message), std::string(where), std::move(hint)};
}

Interval ordered(double low, double high) {
  return Interval::make(std::min(low, high), std::max(low, high)).value_or(Interval());
}

double z_of(Level confidence) { return normal_upper_quantile(tail_of(confidence)); }

}  // namespace tactful::stats
