#include "tactful/core/phrases.hpp"

#include <array>

namespace tactful {
namespace {

struct Unit {
  std::string_view one, many;
  TimeMs milliseconds;
};

constexpr std::array<Unit, 5> kUnits = {{{"day", "days", kMillisecondsPerDay},
                                         {"hour", "hours", kMillisecondsPerHour},
                                         {"minute", "minutes", kMillisecondsPerMinute},
                                         {"second", "seconds", kMillisecondsPerSecond},
                                         {"millisecond", "milliseconds", 1}}};

}  // namespace

std::string grouped(std::int64_t value) {
  std::string text = std::to_string(value);
  const std::size_t first = text.front() == '-' ? 1 : 0;
  for (std::size_t at = text.size(); at > first + 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string counted(std::int64_t n, std::string_view one, std::string_view many) {
  return grouped(n).append(" ").append(n == 1 ? one : many);
}

std::string describe_duration(TimeMs duration) {
  for (const Unit& unit : kUnits) {
    if (duration != 0 && duration % unit.milliseconds == 0)
      return counted(duration / unit.milliseconds, unit.one, unit.many);
  }
  return "0 days";
}

}  // namespace tactful
