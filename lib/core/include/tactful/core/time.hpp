#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tactful/core/result.hpp"

namespace tactful {

/// Milliseconds since 1970-01-01T00:00:00Z. Nothing below `tools` reads a clock: `now` is passed in.
using TimeMs = std::int64_t;

inline constexpr TimeMs kMillisecondsPerSecond = 1'000;
inline constexpr TimeMs kMillisecondsPerMinute = 60'000;
inline constexpr TimeMs kMillisecondsPerHour = 3'600'000;
inline constexpr TimeMs kMillisecondsPerDay = 86'400'000;

/// Where a component that must know the time gets it from (the journal's writer, a sender).
/// Thread-safety: implementations are safe to call from several threads.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimeMs now_ms() const noexcept = 0;
};

/// The machine's UTC clock; stateless.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimeMs now_ms() const noexcept override;
};

/// A fixed offset from UTC, in minutes, within +-18 h; an experiment's days and weeks are counted in it.
class UtcOffset {
 public:
  constexpr UtcOffset() = default;

  /// Reads `Z`, `+08:00`, `-0530` or `+08`. Errors: kInvalidArgument.
  [[nodiscard]] static Result<UtcOffset> parse(std::string_view text);

  [[nodiscard]] constexpr int minutes() const noexcept { return minutes_; }
  [[nodiscard]] std::string to_string() const;  ///< `+08:00`; UTC is `+00:00`.

  constexpr bool operator==(const UtcOffset&) const = default;

 private:
  constexpr explicit UtcOffset(int minutes) : minutes_(minutes) {}
  int minutes_ = 0;
};

/// Days since 1970-01-01 of the local date of `time` at `offset` (floor, also before 1970).
[[nodiscard]] std::int64_t day_index(TimeMs time, UtcOffset offset) noexcept;

/// The first millisecond of a local day.
[[nodiscard]] TimeMs day_start(std::int64_t day, UtcOffset offset) noexcept;

/// Reads ISO-8601 (`2026-05-14`, `2026-05-14T09:30:00.123+08:00`, a blank for the T allowed), or, when
/// the text is only digits with an optional sign, an epoch in seconds (at most 11 digits) or milliseconds (more).
/// A date-time without a zone takes `assumed`; without one it is refused. Digits past the millisecond are cut.
/// A plain date is that day's first millisecond at `assumed`, or at UTC where none is given.
/// Errors: kInvalidInput, saying which part is wrong; also for times outside the years 0000 to 9999, and for eight
/// digits that look like a date (20260520).
[[nodiscard]] Result<TimeMs> parse_time(std::string_view text);
[[nodiscard]] Result<TimeMs> parse_time(std::string_view text, UtcOffset assumed);

/// `2026-05-14T09:30:00.123Z`, or with the offset's local time and `+08:00`. Years 0000 to 9999 read back equal.
[[nodiscard]] std::string format_time(TimeMs time, UtcOffset offset = {});

/// `2026-05-14`, the local date at `offset`.
[[nodiscard]] std::string format_date(TimeMs time, UtcOffset offset = {});

/// Reads a length of time: a whole number and a unit, `30m`, `72h`, `7d`, `4w`. Returns milliseconds, at least 1.
/// Errors: kInvalidInput.
[[nodiscard]] Result<TimeMs> parse_duration(std::string_view text);

/// The shortest of w, d, h, m, s, ms that says it exactly: 604800000 -> `1w`, 259200000 -> `3d`.
[[nodiscard]] std::string format_duration(TimeMs duration);

}  // namespace tactful
