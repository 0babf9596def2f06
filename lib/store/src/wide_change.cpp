#include "wide_change.hpp"

#include <algorithm>
#include <unordered_map>

#include "event_rows.hpp"

namespace tactful::store_detail {
namespace {

using Index = std::unordered_map<std::int64_t, std::vector<std::size_t>>;

Index rows_by_unit(const WideRows& rows) {
  Index index;
  for (std::size_t row = 0; row < rows.size(); ++row) index[rows.columns[0][row]].push_back(row);
  return index;
}

const std::vector<std::int64_t>* find(const WideRows& rows, const BlockKey& key) {
  for (std::size_t index = 0; index < rows.keys.size(); ++index) {
    if (rows.keys[index].column == key.column && rows.keys[index].name == key.name) return &rows.columns[index];
  }
  return nullptr;
}

/// The columns of both tables, side by side; nullptr where one has none.
struct Pair {
  const std::vector<std::int64_t>* before;
  const std::vector<std::int64_t>* now;
};

std::vector<Pair> pairs_of(const WideRows& before, const WideRows& now) {
  std::vector<Pair> pairs;
  for (const BlockKey& key : now.keys) pairs.push_back({find(before, key), find(now, key)});
  for (const BlockKey& key : before.keys) {
    if (find(now, key) == nullptr) pairs.push_back({find(before, key), nullptr});
  }
  return pairs;
}

/// A column that a table lacks is one without values.
bool is_same(const std::vector<Pair>& pairs, std::size_t before, std::size_t now) {
  return std::all_of(pairs.begin(), pairs.end(), [&](const Pair& pair) {
    return (pair.before == nullptr ? 0 : (*pair.before)[before]) == (pair.now == nullptr ? 0 : (*pair.now)[now]);
  });
}

}  // namespace

WideChange settle_wide(const WideRows& before, WideRows& now) {
  WideChange change;
  if (before.size() == 0) {
    change.added = static_cast<std::int64_t>(now.size());
    return change;
  }
  const Index earlier = rows_by_unit(before);
  const std::vector<std::int64_t>& was = *before.find(kVariant);
  const std::vector<std::int64_t>& is = *now.find(kVariant);
  const std::vector<std::int64_t>* old_times = before.find(kAt);
  std::vector<std::int64_t>* times = nullptr;
  for (std::size_t index = 0; index < now.keys.size(); ++index) {
    if (now.keys[index].column == kAt) times = &now.columns[index];
  }
  const std::vector<Pair> pairs = pairs_of(before, now);
  std::int64_t kept = 0;
  for (const auto& [unit, rows] : rows_by_unit(now)) {
    const auto found = earlier.find(unit);
    std::size_t there = 0;
    for (const std::size_t row : rows) {
      const auto same_variant = [&](std::size_t one) { return was[one] == is[row]; };
      if (found == earlier.end() || std::none_of(found->second.begin(), found->second.end(), same_variant)) continue;
      const std::size_t old = *std::find_if(found->second.begin(), found->second.end(), same_variant);
      ++there;
      if (old_times != nullptr && times != nullptr && (*old_times)[old] < (*times)[row]) {
        (*times)[row] = (*old_times)[old];
        ++change.earlier;
      }
      ++(is_same(pairs, old, row) ? change.same : change.changed);
    }
    change.added += static_cast<std::int64_t>(rows.size() - there);
    change.moved += found != earlier.end() && there == 0 ? 1 : 0;
    kept += static_cast<std::int64_t>(there);
  }
  change.removed = static_cast<std::int64_t>(before.size()) - kept;
  return change;
}

}  // namespace tactful::store_detail
