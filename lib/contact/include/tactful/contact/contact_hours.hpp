#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/contact/time_zone.hpp"

namespace tactful {

/// A set of weekdays, bit 0 Monday to bit 6 Sunday.
using WeekdaySet = std::uint8_t;
inline constexpr WeekdaySet kEveryWeekday = 0x7f;

/// 0 Monday to 6 Sunday, of a day counted from 1970-01-01 (a Thursday).
[[nodiscard]] int weekday_of(std::int64_t day) noexcept;

/// Which days are working days: those of the weekly set, without public holidays, with make-up days (调休).
struct WorkCalendar {
  WeekdaySet working_weekdays = 0x1f;      ///< Monday to Friday.
  std::vector<std::int64_t> holidays;      ///< Local dates as days since 1970-01-01; ascending, distinct.
  std::vector<std::int64_t> make_up_days;  ///< Working days in spite of the weekday; ascending, distinct from holidays.
  bool operator==(const WorkCalendar&) const = default;

  [[nodiscard]] bool is_working_day(std::int64_t day) const noexcept;
};

/// Which days a window is for.
enum class DayKind { kEvery, kWorking, kRest };
[[nodiscard]] std::string_view to_string(DayKind kind) noexcept;

/// Hours in which customers may be contacted, by the clock on the customer's wall: from <= clock < until.
struct HoursWindow {
  std::vector<std::string> channels;  ///< Empty: all channels that no other window names.
  DayKind days = DayKind::kEvery;
  WeekdaySet weekdays = kEveryWeekday;  ///< Narrows `days` further.
  int from = 0;                         ///< Minutes since midnight, 0 to 1439.
  int until = 1440;                     ///< > from, at most 1440.
  bool operator==(const HoursWindow&) const = default;
};

/// Quiet hours are all times outside the windows of a channel. A channel without any window has no quiet hours.
struct ContactHours {
  WorkCalendar calendar;
  std::vector<HoursWindow> windows;
  bool operator==(const ContactHours&) const = default;

  /// Whether the channel may be used at `time`. DST: each moment is judged by what the customer's clock shows then, so
  /// in the hour that occurs twice both count alike.
  [[nodiscard]] bool is_open(std::string_view channel, TimeMs time, const TimeZone& zone) const;
  /// The first moment >= `time` at which the channel may be used; nothing when there is none within 400 days.
  [[nodiscard]] std::optional<TimeMs> next_open(std::string_view channel, TimeMs time, const TimeZone& zone) const;
};

}  // namespace tactful
