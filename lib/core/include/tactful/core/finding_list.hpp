#pragma once

#include <cstddef>

#include "tactful/core/diagnostic.hpp"

namespace tactful {

/// Collects the findings of one file, in the order in which they are met, and keeps the first kMost of them: a hostile
/// file of a megabyte could have a million. The first error is kept in any case, so that has_errors() stays true.
/// Thread-safety: one thread at a time.
class FindingList {
 public:
  static constexpr std::size_t kMost = 1'000;

  void add(Diagnostic finding);

  /// How many errors there were, kept or not.
  [[nodiscard]] std::size_t errors() const noexcept { return errors_; }
  [[nodiscard]] const Diagnostics& list() const noexcept { return list_; }
  /// What was kept and, where more was found, a note of rule `more-findings` that says how many.
  [[nodiscard]] Diagnostics take() &&;

 private:
  Diagnostics list_;
  std::size_t errors_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace tactful
