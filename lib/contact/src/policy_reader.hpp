#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/contact/contact_hours.hpp"
#include "tactful/core/diagnostic.hpp"
#include "tactful/core/json.hpp"
#include "tactful/core/time.hpp"

namespace tactful {

/// One JSON object of a policy file, read member by member. What is wrong becomes a finding and a fallback is returned,
/// so that every mistake is reported at once.
class PolicyReader {
 public:
  /// Reports a value that is no object, and every member that is not among `known`; an empty list takes any name.
  PolicyReader(const Json& value, std::string pointer, std::initializer_list<std::string_view> known,
               Diagnostics& findings);

  void error(std::string rule, std::string pointer, std::string message, std::string hint = {});
  void warning(std::string rule, std::string pointer, std::string message, std::string hint = {});
  [[nodiscard]] Diagnostics& findings() { return *findings_; }
  [[nodiscard]] std::string at(std::string_view name) const { return append_pointer(pointer_, name); }
  [[nodiscard]] bool has(std::string_view name) const { return value_->find(name) != nullptr; }
  [[nodiscard]] const Json::Object& members() const { return value_->as_object(); }
  bool require(std::string_view name, std::string_view hint);

  /// The member where it is there and of the type (else reported), or nullptr.
  [[nodiscard]] const Json* member(std::string_view name, Json::Type type);
  /// The items of a list; empty where there is none.
  [[nodiscard]] const Json::Array& list(std::string_view name);
  [[nodiscard]] std::string text(std::string_view name, std::string fallback = {});
  [[nodiscard]] std::string key(std::string_view name, std::string fallback = {});
  /// Distinct keys, or distinct texts.
  [[nodiscard]] std::vector<std::string> keys(std::string_view name);
  [[nodiscard]] std::vector<std::string> texts(std::string_view name);
  [[nodiscard]] bool boolean(std::string_view name, bool fallback);
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t fallback, std::int64_t low, std::int64_t high);
  [[nodiscard]] TimeMs duration(std::string_view name, TimeMs fallback);
  /// Minutes since midnight of `08:30`; `24:00` is 1440.
  [[nodiscard]] int clock(std::string_view name, int fallback);
  /// Local dates as days since 1970-01-01, sorted.
  [[nodiscard]] std::vector<std::int64_t> dates(std::string_view name);
  [[nodiscard]] WeekdaySet weekdays(std::string_view name, WeekdaySet fallback);
  /// Index of the text among `options`.
  [[nodiscard]] std::size_t choice(std::string_view name, std::size_t fallback,
                                   const std::vector<std::string_view>& options);

 private:
  [[nodiscard]] std::vector<std::string> strings(std::string_view name, bool are_keys);

  const Json* value_;
  std::string pointer_;
  Diagnostics* findings_;
};

/// A length of time of at most ten years, or a finding at `pointer`.
[[nodiscard]] std::optional<TimeMs> read_duration(const Json& value, const std::string& pointer, Diagnostics& findings);

/// `mon` to `sun`.
[[nodiscard]] const std::vector<std::string_view>& weekday_names();

}  // namespace tactful
