#pragma once

#include <vector>

#include "segments.hpp"

namespace tactful::store_detail {

/// Rows of a wide table as columns of int64, as its segments hold them: unit, cluster, variant, maybe at, then by name
/// each outcome's value and presence, and each segment's value. keys are sorted by column and name.
struct WideRows {
  std::vector<BlockKey> keys;
  std::vector<std::vector<std::int64_t>> columns;

  [[nodiscard]] std::size_t size() const noexcept { return columns.empty() ? 0 : columns[0].size(); }
  [[nodiscard]] const std::vector<std::int64_t>* find(int column) const noexcept;
};

/// Checks the lengths and spells the table in codes. Throws Failure (kInvalidArgument) naming what is wrong.
[[nodiscard]] WideRows wide_rows_of(const IngestWide& table, Dictionary& dictionary);

/// Appends a segment's rows; all of one experiment have the same columns.
void read_wide(const Segments& segments, const Segment& segment, WideRows& rows);

/// The rows of each partition.
[[nodiscard]] std::map<std::int64_t, WideRows> partitioned(const WideRows& rows, int partition_bits);

void write_wide(Segments& segments, const Group& group, const WideRows& rows, const Dictionary& texts);

}  // namespace tactful::store_detail
