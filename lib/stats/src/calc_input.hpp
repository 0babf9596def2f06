#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support.hpp"
#include "tactful/stats/binomial_count.hpp"
#include "tactful/stats/calc.hpp"
#include "tactful/stats/harm_monitor.hpp"
#include "tactful/stats/test_result.hpp"

/// What the calculator's methods share: checked input, output that never holds NaN.
namespace tactful::stats::calc {

/// The input of a method after every field was checked against its kind; reading an optional field that is absent
/// gives the fallback. A field that is JSON null counts as absent.
class Input {
 public:
  [[nodiscard]] static Result<Input> check(const MethodInfo& method, const Json& json);

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] double number(std::string_view name, double fallback = 0.0) const;
  [[nodiscard]] std::int64_t count(std::string_view name, std::int64_t fallback = 0) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] std::string_view text(std::string_view name, std::string_view fallback = {}) const;
  [[nodiscard]] std::vector<double> numbers(std::string_view name) const;
  [[nodiscard]] std::vector<std::int64_t> counts(std::string_view name) const;
  [[nodiscard]] std::vector<std::vector<std::int64_t>> rows(std::string_view name) const;
  /// Arbitrary labels as small integers, equal labels equal.
  [[nodiscard]] std::vector<std::int64_t> labels(std::string_view name) const;
  [[nodiscard]] std::vector<HarmLook> looks(std::string_view name) const;
  /// For fields of kind kLevel.
  [[nodiscard]] Level level(std::string_view name) const;

  // Frequent groups of fields, with the checks that join them.
  [[nodiscard]] Result<ProportionPair> pair() const;                ///< x_c, n_c, x_t, n_t.
  [[nodiscard]] Result<Alternative> one_sided_alternative() const;  ///< alternative: greater or less.
  [[nodiscard]] Result<int> sides() const;                          ///< sided: 1 or 2.

 private:
  Input(const Json& json) : json_(&json) {}
  [[nodiscard]] const Json* find(std::string_view name) const;
  const Json* json_;
};

using Handler = Result<Json> (*)(const Input& input);

struct Method {
  MethodInfo info;
  Handler run = nullptr;
};

/// A number, "Infinity", "-Infinity", or null for NaN.
[[nodiscard]] Json number(double value);
[[nodiscard]] Json number(const std::optional<double>& value);
[[nodiscard]] Json list(std::span<const double> values);
[[nodiscard]] Json list(const Interval& interval);
[[nodiscard]] Json list(const std::optional<Interval>& interval);

/// Whether the result failed for another reason than that the data cannot answer.
template <typename T>
[[nodiscard]] bool is_mistake(const Result<T>& result) {
  return !result && result.error().code != ErrorCode::kInsufficientData;
}

/// Sets the fields to null.
void set_null(Json& out, std::initializer_list<const char*> names);

// One table per subject.
[[nodiscard]] std::span<const Method> proportion_methods();
[[nodiscard]] std::span<const Method> exact_methods();
[[nodiscard]] std::span<const Method> mean_methods();
[[nodiscard]] std::span<const Method> sample_methods();
[[nodiscard]] std::span<const Method> multiplicity_methods();
[[nodiscard]] std::span<const Method> sample_ratio_methods();
[[nodiscard]] std::span<const Method> sequential_methods();
[[nodiscard]] std::span<const Method> anytime_methods();
[[nodiscard]] std::span<const Method> confidence_sequence_methods();
[[nodiscard]] std::span<const Method> bayes_methods();
[[nodiscard]] std::span<const Method> planning_methods();
[[nodiscard]] std::span<const Method> strata_methods();
[[nodiscard]] std::span<const Method> odds_ratio_methods();
[[nodiscard]] std::span<const Method> follow_up_methods();
[[nodiscard]] std::span<const Method> shrinkage_methods();
[[nodiscard]] std::span<const Method> segment_methods();
[[nodiscard]] std::span<const Method> harm_sequence_methods();
[[nodiscard]] std::span<const Method> simultaneous_methods();
[[nodiscard]] std::span<const Method> metric_plan_methods();

}  // namespace tactful::stats::calc
