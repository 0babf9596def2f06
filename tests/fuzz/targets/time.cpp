// Times, offsets and durations: what is read prints to what reads back equal.
#include "tactful/core/time.hpp"
#include "fuzz_target.hpp"

TACTFUL_FUZZ_TARGET(time) {
  using namespace tactful;
  if (const auto offset = UtcOffset::parse(input)) {
    const auto again = UtcOffset::parse(offset->to_string());
    fuzz::require(again && *again == *offset, "an offset reads back");
  }
  if (const auto duration = parse_duration(input)) {
    const auto again = parse_duration(format_duration(*duration));
    fuzz::require(*duration >= 1 && again && *again == *duration, "a duration reads back");
  }
  if (const auto time = parse_time(input)) {
    const auto again = parse_time(format_time(*time));
    fuzz::require(again && *again == *time, "a time reads back");
    const UtcOffset shanghai = UtcOffset::parse("+08:00").value();
    fuzz::require(day_start(day_index(*time, shanghai), shanghai) <= *time, "a day begins before what lies in it");
    (void)format_date(*time, shanghai);
  }
  (void)parse_time(input, UtcOffset::parse("-05:30").value());
}
