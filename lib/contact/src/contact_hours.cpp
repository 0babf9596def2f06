#include "tactful/contact/contact_hours.hpp"

#include <algorithm>

namespace tactful {
namespace {

constexpr std::int64_t kDaysAhead = 400;

bool names(const HoursWindow& window, std::string_view channel) {
  return std::find(window.channels.begin(), window.channels.end(), channel) != window.channels.end();
}

// The windows that bind a channel: those that name it, else those that name none.
class Windows {
 public:
  Windows(const ContactHours& hours, std::string_view channel) : hours_(hours), channel_(channel) {
    is_named_ = std::any_of(hours.windows.begin(), hours.windows.end(),
                            [&](const HoursWindow& window) { return names(window, channel); });
  }
  [[nodiscard]] bool bind(const HoursWindow& window) const {
    return is_named_ ? names(window, channel_) : window.channels.empty();
  }
  [[nodiscard]] bool any() const {
    return std::any_of(hours_.windows.begin(), hours_.windows.end(),
                       [&](const HoursWindow& window) { return bind(window); });
  }
  [[nodiscard]] bool is_open(const LocalMoment& local) const {
    return std::any_of(hours_.windows.begin(), hours_.windows.end(), [&](const HoursWindow& window) {
      return bind(window) && covers(window, local.day) && window.from <= local.minute && local.minute < window.until;
    });
  }
  [[nodiscard]] bool covers(const HoursWindow& window, std::int64_t day) const {
    if ((window.weekdays >> weekday_of(day) & 1) == 0) return false;
    if (window.days == DayKind::kEvery) return true;
    return hours_.calendar.is_working_day(day) == (window.days == DayKind::kWorking);
  }

 private:
  const ContactHours& hours_;
  std::string_view channel_;
  bool is_named_ = false;
};

// The first opening of the local day at or after `time`. A day's openings are the moments at which a window begins by
// the clock, and those at which the clock is put into one.
std::optional<TimeMs> opening_on(const ContactHours& hours, const Windows& windows, std::int64_t day, TimeMs time,
                                 const TimeZone& zone) {
  std::optional<TimeMs> best;
  const auto consider = [&](TimeMs candidate) {
    if (candidate < time || (best && *best <= candidate)) return;
    if (windows.is_open(zone.local(candidate))) best = candidate;
  };
  for (const HoursWindow& window : hours.windows) {
    if (!windows.bind(window) || !windows.covers(window, day)) continue;
    const LocalMoments starts = zone.moments(day, window.from);
    consider(starts.first);
    if (starts.second) consider(*starts.second);
  }
  const TimeMs end = zone.first_moment(day, 1440);
  TimeMs at = zone.first_moment(day, 0) - 1;
  while (const auto change = zone.next_change(at)) {
    if (*change > end) break;
    consider(*change);
    at = *change;
  }
  return best;
}

}  // namespace

int weekday_of(std::int64_t day) noexcept {
  return static_cast<int>(((day + 3) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
}

std::string_view to_string(DayKind kind) noexcept {
  switch (kind) {
    case DayKind::kEvery:
      return "every";
    case DayKind::kWorking:
      return "working";
    case DayKind::kRest:
      return "rest";
  }
  return "every";
}

bool WorkCalendar::is_working_day(std::int64_t day) const noexcept {
  if (std::binary_search(make_up_days.begin(), make_up_days.end(), day)) return true;
  if (std::binary_search(holidays.begin(), holidays.end(), day)) return false;
  return (working_weekdays >> weekday_of(day) & 1) != 0;
}

bool ContactHours::is_open(std::string_view channel, TimeMs time, const TimeZone& zone) const {
  if (windows.empty()) return true;
  const Windows own(*this, channel);
  return !own.any() || own.is_open(zone.local(time));
}

std::optional<TimeMs> ContactHours::next_open(std::string_view channel, TimeMs time, const TimeZone& zone) const {
  if (is_open(channel, time, zone)) return time;
  const Windows own(*this, channel);
  const std::int64_t today = zone.local(time).day;
  // A clock put back over midnight shows a day again after the next one has begun, so the neighbours are looked at too.
  for (std::int64_t day = today - 1; day <= today + kDaysAhead; ++day) {
    const auto opening = opening_on(*this, own, day, time, zone);
    if (!opening) continue;
    const auto next = opening_on(*this, own, day + 1, time, zone);
    return next && *next < *opening ? next : opening;
  }
  return std::nullopt;
}

}  // namespace tactful
