#include "wide_rows.hpp"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "failure.hpp"

namespace tactful::store_detail {
namespace {

void require(bool holds, const std::string& message, const std::string& where) {
  if (!holds) throw Failure({ErrorCode::kInvalidArgument, message, where, ""});
}

void check_lengths(const IngestWide& table) {
  const std::size_t rows = table.unit.size();
  require(!table.experiment.empty(), "a wide table needs its experiment", "experiment");
  require(table.variant.size() == rows, "there must be a variant for each unit", "variant");
  require(table.cluster.empty() || table.cluster.size() == rows, "there must be a cluster for each unit, or none",
          "cluster");
  require(table.at.empty() || table.at.size() == rows, "there must be a time for each unit, or none", "at");
  for (const auto& outcome : table.outcomes) {
    require(!outcome.kind.empty() && outcome.value.size() == rows && outcome.present.size() == rows,
            "an outcome needs a kind, and a value and its presence for each unit", outcome.kind);
  }
  for (const auto& segment : table.segments) {
    require(!segment.name.empty() && segment.value.size() == rows, "a segment needs a name and a value for each unit",
            segment.name);
  }
  for (std::size_t row = 0; row < rows; ++row) {
    require(table.unit[row] > 0 && !table.variant[row].empty(),
            "row " + std::to_string(row + 1) + " lacks its unit or variant", "unit");
  }
}

void sort_by_key(WideRows& rows) {
  std::vector<std::size_t> order(rows.keys.size());
  for (std::size_t index = 0; index < order.size(); ++index) order[index] = index;
  const auto key = [&rows](std::size_t index) { return std::tuple(rows.keys[index].column, rows.keys[index].name); };
  std::sort(order.begin(), order.end(), [&key](std::size_t a, std::size_t b) { return key(a) < key(b); });
  WideRows sorted;
  for (const std::size_t index : order) {
    if (!sorted.keys.empty()) {
      const BlockKey& last = sorted.keys.back();
      require(last.column != rows.keys[index].column || last.name != rows.keys[index].name,
              "two outcomes or segments have one name", "columns");
    }
    sorted.keys.push_back(rows.keys[index]);
    sorted.columns.push_back(std::move(rows.columns[index]));
  }
  rows = std::move(sorted);
}

std::uint64_t hash_words(const auto& words) { return XXH3_64bits(words.data(), sizeof words); }

// Cells are summed, so that the order of columns does not matter.
Print print_of_row(const WideRows& rows, std::size_t row, std::int32_t experiment, const Dictionary& texts) {
  std::uint64_t cells = 0;
  for (std::size_t index = 0; index < rows.keys.size(); ++index) {
    const BlockKey& key = rows.keys[index];
    const auto value = static_cast<std::uint64_t>(rows.columns[index][row]);
    const std::uint64_t name = texts.hash(key.name);
    const auto column = static_cast<std::uint64_t>(key.column);
    const bool is_text = key.column == kVariant || key.column == kSegmentValue;
    const std::uint64_t content = is_text ? texts.hash(static_cast<std::int32_t>(value)) : value;
    cells += hash_words(std::array<std::uint64_t, 3>{column, name, content});
  }
  const std::array<std::uint64_t, 2> words = {texts.hash(experiment), cells};
  const XXH128_hash_t hash = XXH3_128bits(words.data(), sizeof words);
  return {hash.low64, hash.high64};
}

}  // namespace

const std::vector<std::int64_t>* WideRows::find(int column) const noexcept {
  for (std::size_t index = 0; index < keys.size(); ++index) {
    if (keys[index].column == column) return &columns[index];
  }
  return nullptr;
}

WideRows wide_rows_of(const IngestWide& table, Dictionary& dictionary) {
  check_lengths(table);
  WideRows rows;
  const std::size_t size = table.unit.size();
  const auto add = [&rows](int column, std::int32_t name) -> std::vector<std::int64_t>& {
    rows.keys.push_back({column, name});
    return rows.columns.emplace_back();
  };
  add(kUnit, 0) = table.unit;
  auto& cluster = add(kCluster, 0);
  cluster = table.cluster;
  cluster.resize(size, 0);
  auto& variant = add(kVariant, 0);
  for (const std::string& text : table.variant) variant.push_back(dictionary.intern(text));
  if (!table.at.empty()) add(kAt, 0) = table.at;
  for (const auto& outcome : table.outcomes) {
    const std::int32_t name = dictionary.intern(outcome.kind);
    auto& value = add(kOutcomeValue, name);
    for (std::size_t row = 0; row < size; ++row) {
      require(outcome.present[row] == 0 || std::isfinite(outcome.value[row]), "a value is not finite", outcome.kind);
      value.push_back(outcome.present[row] != 0 ? std::bit_cast<std::int64_t>(outcome.value[row] + 0.0) : 0);
    }
    auto& present = add(kOutcomePresent, name);
    for (const std::uint8_t flag : outcome.present) present.push_back(flag != 0 ? 1 : 0);
  }
  for (const auto& segment : table.segments) {
    auto& value = add(kSegmentValue, dictionary.intern(segment.name));
    for (const std::string& text : segment.value) value.push_back(dictionary.intern(text));
  }
  sort_by_key(rows);
  return rows;
}

void read_wide(const Segments& segments, const Segment& segment, WideRows& rows) {
  const std::vector<BlockKey> keys = segments.keys_of(segment);
  const std::vector<std::string> blocks = segments.read(segment, keys);
  if (rows.keys.empty()) {
    rows.keys = keys;
    rows.columns.resize(keys.size());
  }
  const bool same = rows.keys.size() == keys.size() &&
                    std::equal(keys.begin(), keys.end(), rows.keys.begin(), [](const BlockKey& a, const BlockKey& b) {
                      return a.column == b.column && a.name == b.name;
                    });
  if (!same) {
    throw Failure(
        {ErrorCode::kStorage, segments.describe(segment) + " has other columns than the one before", "", kRebuildHint});
  }
  std::vector<std::int64_t> values;
  for (std::size_t index = 0; index < keys.size() && index < rows.columns.size(); ++index) {
    decode_block(blocks[index], static_cast<std::size_t>(segment.rows), values);
    rows.columns[index].insert(rows.columns[index].end(), values.begin(), values.end());
  }
}

std::map<std::int64_t, WideRows> partitioned(const WideRows& rows, int partition_bits) {
  std::map<std::int64_t, WideRows> parts;
  if (rows.size() == 0) return parts;
  if (partition_bits == 0) {
    parts[0] = rows;
    return parts;
  }
  for (std::size_t row = 0; row < rows.size(); ++row) {
    WideRows& part = parts[partition_of(rows.columns[0][row], partition_bits)];
    if (part.keys.empty()) {
      part.keys = rows.keys;
      part.columns.resize(rows.keys.size());
    }
    for (std::size_t index = 0; index < rows.columns.size(); ++index)
      part.columns[index].push_back(rows.columns[index][row]);
  }
  return parts;
}

void write_wide(Segments& segments, const Group& group, const WideRows& rows, const Dictionary& texts) {
  for (std::size_t from = 0; from < rows.size(); from += kSegmentRows) {
    const std::size_t count = std::min(kSegmentRows, rows.size() - from);
    Segment segment;
    segment.group = group;
    segment.rows = static_cast<std::int64_t>(count);
    const auto range = [&](int column, std::int64_t& low, std::int64_t& high) {
      const std::vector<std::int64_t>* values = rows.find(column);
      if (values == nullptr) return;
      const auto begin = values->begin() + static_cast<std::ptrdiff_t>(from);
      const auto [least, most] = std::minmax_element(begin, begin + static_cast<std::ptrdiff_t>(count));
      low = *least;
      high = *most;
    };
    range(kUnit, segment.min_unit, segment.max_unit);
    range(kAt, segment.min_at, segment.max_at);
    const auto units = rows.columns[0].begin() + static_cast<std::ptrdiff_t>(from);
    if (std::is_sorted(units, units + static_cast<std::ptrdiff_t>(count))) segment.flags |= kSortedByUnit;
    for (std::size_t row = from; row < from + count; ++row)
      segment.print += print_of_row(rows, row, group.experiment, texts);
    std::vector<ColumnData> columns;
    for (std::size_t index = 0; index < rows.keys.size(); ++index) {
      columns.push_back({rows.keys[index], std::span<const std::int64_t>(rows.columns[index]).subspan(from, count)});
    }
    segments.write(segment, columns);
  }
}

}  // namespace tactful::store_detail
