#pragma once

#include "wide_rows.hpp"

namespace tactful::store_detail {

/// What another table of the same experiment does to the one that is there.
struct WideChange {
  std::int64_t added = 0;    ///< Rows of units (or of a second variant of a unit) that were not there.
  std::int64_t same = 0;     ///< Rows that say again what is there.
  std::int64_t changed = 0;  ///< Rows that were there with other outcomes, segments, clusters or times.
  std::int64_t removed = 0;  ///< Rows that were there and are not any more.
  std::int64_t earlier = 0;  ///< Rows that keep the earlier time of exposure, which the new table moved to a later one.
  std::int64_t moved = 0;    ///< Units that are in other variants only than before.
};

/// Compares by unit and variant, which are a row's exposure: a row of `now` that was there before keeps the earlier of
/// both times. Memory: an index over the rows of both.
[[nodiscard]] WideChange settle_wide(const WideRows& before, WideRows& now);

}  // namespace tactful::store_detail
