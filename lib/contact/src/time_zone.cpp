#include "tactful/contact/time_zone.hpp"

#include <date/tz.h>

#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>

#include "tactful/core/file.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

constexpr const char* kDatabase = "/usr/share/zoneinfo";  // where the date library of Debian looks
constexpr std::uintmax_t kZoneBytes = 1u << 20;
constexpr std::int64_t kMinutesPerDay = 1440;

date::sys_seconds seconds_of(TimeMs time) {
  return date::floor<std::chrono::seconds>(date::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(time)));
}

TimeMs ms_of(date::sys_seconds time) { return time.time_since_epoch().count() * kMillisecondsPerSecond; }

const date::time_zone& zone_of(const void* zone) { return *static_cast<const date::time_zone*>(zone); }

// A zone's file ends with the rule for the years after its last change: "\nCET-1CEST,M3.5.0,M10.5.0/3\n". The date
// library reads the changes alone, which in the slim form of the file end long ago.
bool has_yearly_rule(const std::string& file) {
  if (file.size() < 2 || file.back() != '\n') return false;
  const std::size_t start = file.rfind('\n', file.size() - 2);
  return start != std::string::npos && file.find(',', start) != std::string::npos;
}

bool changes_in_year(const date::time_zone& zone, int year) {
  const date::sys_days january = date::year(year) / 1 / 1, july = date::year(year) / 7 / 1;
  return zone.get_info(january).offset != zone.get_info(july).offset;
}

Error unavailable(std::string_view name, const std::string& why) {
  return {ErrorCode::kUnavailable, "the time zone cannot be read: " + why, printable(name),
          "install the package tzdata; until then the policy's fixed offset is used"};
}

Result<const date::time_zone*> locate(const std::string& name) {
  std::error_code failed;
  if (!std::filesystem::is_directory(kDatabase, failed)) return unavailable(name, "there is no tz database");
  const date::time_zone* zone = nullptr;
  try {
    zone = date::locate_zone(name);
  } catch (const std::exception&) {
    return Error{ErrorCode::kNotFound, "there is no time zone of this name", printable(name),
                 "write an IANA name, for example Asia/Shanghai"};
  }
  try {
    const auto file = read_file(std::filesystem::path(kDatabase) / zone->name(), kZoneBytes);
    if (!file) return unavailable(name, file.error().message);
    if (has_yearly_rule(*file) && !changes_in_year(*zone, 2036)) {
      return unavailable(name, "its file is in the slim form (zic -b slim), whose yearly rule is not read");
    }
  } catch (const std::exception& failure) {
    return unavailable(name, failure.what());
  }
  return zone;
}

}  // namespace

TimeZone TimeZone::fixed(UtcOffset offset) {
  TimeZone zone;
  zone.offset_ms_ = offset.minutes() * kMillisecondsPerMinute;
  zone.name_ = offset.to_string();
  return zone;
}

LocalMoment TimeZone::local(TimeMs time) const {
  TimeMs offset = offset_ms_;
  if (zone_ != nullptr) offset = zone_of(zone_).get_info(seconds_of(time)).offset.count() * kMillisecondsPerSecond;
  const TimeMs wall = time + offset;
  LocalMoment moment;
  moment.day = day_index(wall, UtcOffset{});
  const TimeMs in_day = wall - day_start(moment.day, UtcOffset{});
  moment.minute = static_cast<int>(in_day / kMillisecondsPerMinute);
  moment.within_minute = in_day % kMillisecondsPerMinute;
  return moment;
}

LocalMoments TimeZone::moments(std::int64_t day, int minute) const {
  const std::int64_t minutes = day * kMinutesPerDay + minute;
  if (zone_ == nullptr) return {minutes * kMillisecondsPerMinute - offset_ms_, std::nullopt};
  const date::local_seconds wall{std::chrono::minutes(minutes)};
  const date::local_info info = zone_of(zone_).get_info(wall);
  if (info.result == date::local_info::nonexistent) return {ms_of(info.first.end), std::nullopt};
  const auto at = [&](std::chrono::seconds offset) {
    return (wall.time_since_epoch() - offset).count() * kMillisecondsPerSecond;
  };
  if (info.result == date::local_info::ambiguous) return {at(info.first.offset), at(info.second.offset)};
  return {at(info.first.offset), std::nullopt};
}

std::optional<TimeMs> TimeZone::next_change(TimeMs time) const {
  if (zone_ == nullptr) return std::nullopt;
  const date::sys_seconds end = zone_of(zone_).get_info(seconds_of(time)).end;
  if (end >= date::sys_days(date::year(9000) / 1 / 1)) return std::nullopt;  // the library's "for ever"
  return ms_of(end);
}

struct TimeZones::Cache {
  std::mutex mutex;
  std::map<std::string, Result<TimeZone>, std::less<>> zones;
};

TimeZones::TimeZones(Source source) : source_(source), cache_(std::make_unique<Cache>()) {}
TimeZones::~TimeZones() = default;

Result<TimeZone> TimeZones::find(std::string_view name) const {
  constexpr std::size_t kMostNames = 4096;  // more than there are zones: names come from customers' data
  if (source_ == Source::kNone) return unavailable(name, "there is no tz database");
  const std::lock_guard<std::mutex> lock(cache_->mutex);
  if (const auto known = cache_->zones.find(name); known != cache_->zones.end()) return known->second;
  const auto located = locate(std::string(name));
  Result<TimeZone> result = Error{};
  if (located) {
    TimeZone zone;
    zone.zone_ = *located;
    zone.name_ = name;
    result = zone;
  } else {
    result = located.error();
  }
  // A database that is missing may be installed while the program runs; an unknown name stays unknown.
  const bool keep = result || result.error().code == ErrorCode::kNotFound;
  if (keep && cache_->zones.size() < kMostNames) cache_->zones.emplace(std::string(name), result);
  return result;
}

}  // namespace tactful
