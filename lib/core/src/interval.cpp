#include "tactful/core/interval.hpp"

namespace tactful {

Result<Interval> Interval::make(double low, double high) {
  if (!(low <= high)) {  // also true for NaN
    return Error{ErrorCode::kInvalidArgument,
                 "an interval from " + std::to_string(low) + " to " + std::to_string(high) + " does not exist",
                 "interval", ""};
  }
  return Interval(low, high);
}

}  // namespace tactful
