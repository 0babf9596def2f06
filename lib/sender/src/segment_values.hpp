#pragma once

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tactful/assignment/assigner.hpp"

namespace tactful {

/// The attributes that an experiment declares as segments, as labels: texts as they are, numbers in their shortest
/// form, booleans as `true` and `false`. An attribute that is absent, null or an empty text is left out.
/// Thread-safety: one thread at a time; the views are valid as long as this object and the subject.
class SegmentValues {
 public:
  SegmentValues(std::span<const std::string> declared, std::span<const Attribute> attributes);
  /// All attributes, for a wording's conditions.
  explicit SegmentValues(std::span<const Attribute> attributes);

  [[nodiscard]] std::span<const std::pair<std::string_view, std::string_view>> pairs() const noexcept { return pairs_; }

 private:
  [[nodiscard]] std::string_view text_of(const Attribute::Value& value);

  std::deque<std::string> numbers_;  // a deque, so that views into it stay
  std::vector<std::pair<std::string_view, std::string_view>> pairs_;
};

}  // namespace tactful
