#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/finding_list.hpp"
#include "tactful/core/json.hpp"
#include "tactful/core/time.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// Collects the findings of one file.
class Findings {
 public:
  void error(std::string rule, std::string pointer, std::string message, std::string hint);
  void warning(std::string rule, std::string pointer, std::string message, std::string hint);
  [[nodiscard]] Diagnostics take() && { return std::move(list_).take(); }
  [[nodiscard]] const Diagnostics& list() const noexcept { return list_.list(); }

 private:
  FindingList list_;
};

/// One JSON object of the file, read field by field. Whatever is wrong becomes a finding and the fallback is returned,
/// so that reading goes on and every mistake is reported at once.
class ObjectReader {
 public:
  /// Reports a value that is no object, and every member that is not among `known`.
  ObjectReader(const Json& value, std::string pointer, std::initializer_list<std::string_view> known,
               Findings& findings);

  [[nodiscard]] const std::string& pointer() const noexcept { return pointer_; }
  [[nodiscard]] std::string pointer_to(std::string_view name) const { return append_pointer(pointer_, name); }

  /// The member, or nullptr when it is absent or of another type (reported).
  [[nodiscard]] const Json* object(std::string_view name);
  [[nodiscard]] const Json* array(std::string_view name);
  /// Reports a member that is absent.
  bool require(std::string_view name, std::string_view hint);
  [[nodiscard]] bool has(std::string_view name) const { return value_->find(name) != nullptr; }

  [[nodiscard]] std::string text(std::string_view name, std::string fallback = {});
  /// A key (tactful/core/key.hpp); empty is allowed only as the fallback.
  [[nodiscard]] std::string key(std::string_view name, std::string fallback = {});
  [[nodiscard]] std::string label(std::string_view name, std::string fallback = {});
  /// Distinct labels.
  [[nodiscard]] std::vector<std::string> labels(std::string_view name);
  [[nodiscard]] bool boolean(std::string_view name, bool fallback);
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t fallback, std::int64_t low, std::int64_t high);
  /// A number strictly between `low` and `high`.
  [[nodiscard]] double between(std::string_view name, double fallback, double low, double high);
  [[nodiscard]] Fraction fraction(std::string_view name, Fraction fallback);
  [[nodiscard]] TimeMs time(std::string_view name, UtcOffset offset, TimeMs fallback);
  [[nodiscard]] TimeMs duration(std::string_view name, TimeMs fallback);

  /// One of the names of `options`.
  template <typename Enum>
  [[nodiscard]] Enum choice(std::string_view name, Enum fallback, std::initializer_list<Enum> options) {
    const Json* value = member(name, Json::Type::kString, "a text");
    if (value == nullptr) return fallback;
    std::vector<std::string> names;
    for (const Enum option : options) {
      if (value->as_string() == to_string(option)) return option;
      names.emplace_back(to_string(option));
    }
    report_choice(name, value->as_string(), names);
    return fallback;
  }

 private:
  const Json* member(std::string_view name, Json::Type type, std::string_view wanted);
  void report_choice(std::string_view name, const std::string& text, const std::vector<std::string>& names);

  const Json* value_;
  std::string pointer_;
  Findings* findings_;
};

/// A time as the experiment file writes it: ISO-8601, a plain date being the first moment of that day at `offset`.
[[nodiscard]] std::optional<TimeMs> read_time(const Json& value, const std::string& pointer, UtcOffset offset,
                                              Findings& findings);

/// Exact millionths of a decimal in [0, 1], or nothing when it is no multiple of one millionth.
[[nodiscard]] std::optional<Fraction> to_fraction(double value) noexcept;

}  // namespace tactful
