#include "numbers.hpp"

#include <cmath>
#include <cstdio>

namespace tactful::tools {

std::string percent(double share) {
  const double value = share * 100.0;
  const bool whole = std::abs(value - std::round(value)) < 1e-9;
  char text[32];
  (void)std::snprintf(text, sizeof text, whole ? "%.0f %%" : std::abs(value) < 1.0 ? "%.2f %%" : "%.1f %%", value);
  return text;
}

}  // namespace tactful::tools
