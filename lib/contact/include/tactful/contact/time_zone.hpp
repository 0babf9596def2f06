#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tactful/core/result.hpp"
#include "tactful/core/time.hpp"

namespace tactful {

/// What a clock on the customer's wall shows.
struct LocalMoment {
  std::int64_t day = 0;      ///< Days since 1970-01-01 of the local date.
  int minute = 0;            ///< Minutes since local midnight, 0 to 1439, as the clock shows them.
  TimeMs within_minute = 0;  ///< Milliseconds since that minute began, 0 to 59,999.
  bool operator==(const LocalMoment&) const = default;
};

/// The moments at which a wall clock shows one time.
struct LocalMoments {
  TimeMs first = 0;
  std::optional<TimeMs> second;
  bool operator==(const LocalMoments&) const = default;
};

/// The time zone of a customer: an IANA zone of the system's tz database, or a fixed offset from UTC.
/// Zones of the database follow it through every change it knows (Debian's reaches to the end of 2037).
/// Thread-safety: immutable; safe from several threads. Copies are cheap.
class TimeZone {
 public:
  /// UTC.
  TimeZone() = default;
  [[nodiscard]] static TimeZone fixed(UtcOffset offset);

  [[nodiscard]] LocalMoment local(TimeMs time) const;
  /// When the local clock shows `day` and `minute` (0 to 1440; 1440 is the next day's midnight). In a gap (clocks put
  /// forward over it): the moment the gap ends. In an overlap (clocks put back): the first of the two, and the second.
  [[nodiscard]] LocalMoments moments(std::int64_t day, int minute) const;
  [[nodiscard]] TimeMs first_moment(std::int64_t day, int minute) const { return moments(day, minute).first; }
  /// The next moment after `time` at which the clock is put forward or back; nothing when the zone knows of none.
  [[nodiscard]] std::optional<TimeMs> next_change(TimeMs time) const;
  /// `Europe/Berlin`, or `+08:00`.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  friend class TimeZones;
  const void* zone_ = nullptr;  // owned by the tz database, which lives as long as the program
  TimeMs offset_ms_ = 0;
  std::string name_ = "+00:00";
};

/// Finds zones by name and remembers them. Reads files of the system's tz database (/usr/share/zoneinfo) at the first
/// use of it and of each zone.
/// Thread-safety: every member from any thread.
class TimeZones {
 public:
  enum class Source {
    kSystem,  ///< The system's tz database.
    kNone,    ///< As on a machine without one: every name is kUnavailable, so that fixed offsets are used.
  };
  explicit TimeZones(Source source = Source::kSystem);
  ~TimeZones();
  TimeZones(const TimeZones&) = delete;
  TimeZones& operator=(const TimeZones&) = delete;

  /// Errors: kNotFound for a name that the database lacks; kUnavailable where there is no database, or where the zone's
  /// file is in the slim form whose rules for the years to come this release does not read (times would be wrong by an
  /// hour for half the year). The caller then uses the fixed offset that the policy declares, and says so.
  [[nodiscard]] Result<TimeZone> find(std::string_view name) const;

 private:
  struct Cache;
  Source source_;
  std::unique_ptr<Cache> cache_;
};

}  // namespace tactful
