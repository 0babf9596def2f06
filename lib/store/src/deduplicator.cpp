#include "deduplicator.hpp"

#include <algorithm>
#include <bit>
#include <tuple>
#include <unordered_map>

namespace tactful::store_detail {
namespace {

constexpr std::uint32_t kNone = 0xffffffff;

std::uint64_t identity_hash(std::int64_t unit, std::int64_t event, std::int64_t source) noexcept {
  // Multiply and fold, twice (units and events are keyed hashes already, but small integers must spread too).
  std::uint64_t hash = static_cast<std::uint64_t>(unit) * 0x9E3779B97F4A7C15u;
  hash ^= hash >> 32;
  hash = (hash + static_cast<std::uint64_t>(event)) * 0xD6E8FEB86659FD93u;
  hash ^= hash >> 32;
  hash = (hash + static_cast<std::uint64_t>(source)) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

// By order; where a caller numbered two payloads alike, by their hashes, so that arrival still does not matter.
bool wins(const EventRows& versions, const std::vector<Print>& prints, std::size_t a, std::size_t b,
          const Dictionary& texts) noexcept {
  if (comes_first(versions, a, versions, b, texts)) return true;
  if (comes_first(versions, b, versions, a, texts)) return false;
  return std::tie(prints[a].high, prints[a].low) < std::tie(prints[b].high, prints[b].low);
}

struct PrintHash {
  std::size_t operator()(const Print& print) const noexcept { return static_cast<std::size_t>(print.low); }
};

void copy_order(EventRows& to, std::size_t to_row, const EventRows& from, std::size_t from_row) {
  for (const int column : {kRecordedAt, kWriter, kSequence}) to[column][to_row] = from.at(column, from_row);
}

constexpr std::uint64_t kTagMask = 0xffffffff00000000u;

}  // namespace

void Deduplicator::add(EventRows batch) {
  if (batch.empty()) return;
  batch_ = std::move(batch);
  summary_.read += static_cast<std::int64_t>(batch_.size());
  const Gate::Refused refused = gate_.filter(batch_);
  summary_.forgotten += refused.forgotten;
  summary_.expired += refused.expired;
  if (batch_.empty()) return;
  extra_.clear();
  rivals_.clear();
  state_.assign(batch_.size(), State::kNew);
  index_batch();
  const auto [low, high] = std::minmax_element(batch_[kUnit].begin(), batch_[kUnit].end());
  const std::map<std::int64_t, Segment> before = segments_.list();  // settling rewrites segments
  for (const auto& [id, segment] : before) {
    if (segment.group.kind == kWideKind || segment.max_unit < *low || segment.min_unit > *high) continue;
    const std::vector<Hit> hits = probe(segment);
    if (!hits.empty()) settle_stored(segment, hits);
  }
  for (const auto& [head, rows] : rivals_) {
    if (state_[head] == State::kNew) settle(head, nullptr, 0);
  }
  write_out();
}

// First rows of identities go into the table; of later ones, equal payloads are done with, others are rivals.
void Deduplicator::index_batch() {
  const std::size_t capacity = std::bit_ceil(batch_.size() * 2);
  shift_ = 64 - std::countr_zero(capacity);
  slots_.assign(capacity, 0);
  const auto& unit = batch_[kUnit];
  const auto& event = batch_[kEvent];
  const auto& source = batch_[kSource];
  for (std::size_t row = 0; row < batch_.size(); ++row) {
    const std::uint64_t hash = identity_hash(unit[row], event[row], source[row]);
    const std::uint64_t tag = (hash << 32) & kTagMask;
    std::size_t slot = static_cast<std::size_t>(hash >> shift_);
    std::uint32_t head = kNone;
    for (; slots_[slot] != 0; slot = (slot + 1) & (capacity - 1)) {
      if ((slots_[slot] & kTagMask) != tag) continue;
      const auto candidate = static_cast<std::uint32_t>(slots_[slot]) - 1;
      if (same_identity(batch_, row, batch_, candidate)) {
        head = candidate;
        break;
      }
    }
    if (head == kNone) {
      slots_[slot] = tag | (row + 1);
      continue;
    }
    state_[row] = State::kDone;
    if (!same_payload(batch_, row, batch_, head)) {
      rivals_[head].push_back(static_cast<std::uint32_t>(row));
      continue;
    }
    ++summary_.duplicates;
    if (comes_first(batch_, row, batch_, head, texts_)) {
      copy_order(batch_, head, batch_, row);
    }
  }
}

std::uint32_t Deduplicator::find(std::int64_t unit, std::int64_t event, std::int64_t source) const noexcept {
  const std::uint64_t hash = identity_hash(unit, event, source);
  const std::uint64_t tag = (hash << 32) & kTagMask;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = static_cast<std::size_t>(hash >> shift_); slots_[slot] != 0; slot = (slot + 1) & mask) {
    if ((slots_[slot] & kTagMask) != tag) continue;
    const auto row = static_cast<std::uint32_t>(slots_[slot]) - 1;
    if (batch_.at(kUnit, row) == unit && batch_.at(kEvent, row) == event && batch_.at(kSource, row) == source)
      return row;
  }
  return kNone;
}

std::vector<Deduplicator::Hit> Deduplicator::probe(const Segment& segment) const {
  const BlockKey keys[] = {{kUnit, 0}, {kEvent, 0}, {kSource, 0}};
  const std::vector<std::string> blocks = segments_.read(segment, keys);
  const auto rows = static_cast<std::size_t>(segment.rows);
  std::vector<std::int64_t> unit;
  std::vector<std::int64_t> event;
  std::vector<std::int64_t> source;
  decode_block(blocks[0], rows, unit);
  decode_block(blocks[1], rows, event);
  decode_block(blocks[2], rows, source);
  std::vector<Hit> hits;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint32_t head = find(unit[row], event[row], source[row]);
    if (head != kNone) hits.push_back({head, static_cast<std::uint32_t>(row)});
  }
  return hits;
}

void Deduplicator::settle_stored(const Segment& segment, const std::vector<Hit>& hits) {
  EventRows stored;
  segments_.read_events(segment, stored);
  std::vector<bool> removed(stored.size(), false);
  bool changed = false;
  for (const Hit& hit : hits) {
    bool replaced = false;
    if (!rivals_.contains(hit.head) && same_payload(batch_, hit.head, stored, hit.stored_row)) {
      ++summary_.duplicates;
      replaced = comes_first(batch_, hit.head, stored, hit.stored_row, texts_);  // keep the least order of a payload
      state_[hit.head] = replaced ? State::kReplaces : State::kDone;
    } else {
      replaced = settle(hit.head, &stored, hit.stored_row);
    }
    removed[hit.stored_row] = replaced;
    changed = changed || replaced;
  }
  if (!changed) return;
  std::vector<std::uint32_t> kept;
  for (std::size_t row = 0; row < stored.size(); ++row) {
    if (!removed[row]) kept.push_back(static_cast<std::uint32_t>(row));
  }
  EventRows survivors;
  survivors.append(stored, kept);
  segments_.remove(segment.id);
  segments_.write_events(segment.group, survivors);
}

// The versions of one identity that the batch brings, after the stored one if there is one; those that quarantine holds
// already are marked. Versions that only quarantine knows stay where they are: they lost against the stored one.
// Returns whether the stored one's order changed.
bool Deduplicator::gather_versions(std::uint32_t head, EventRows& versions, std::vector<Print>& prints,
                                   std::vector<bool>& was_held) {
  std::vector<std::uint32_t> rows{head};
  if (const auto rivals = rivals_.find(head); rivals != rivals_.end())
    rows.insert(rows.end(), rivals->second.begin(), rivals->second.end());
  std::unordered_map<Print, std::size_t, PrintHash> version_of;
  const bool has_stored = !versions.empty();
  if (has_stored) version_of.emplace(prints.front(), 0);
  bool stored_touched = false;
  for (const std::uint32_t row : rows) {
    state_[row] = State::kDone;
    const Print print = print_of(batch_, row, texts_);
    const auto [known, is_new] = version_of.try_emplace(print, versions.size());
    const std::size_t version = known->second;
    if (is_new) {
      const bool is_first = versions.empty();
      was_held.push_back(quarantine_.find(batch_, row, print, versions));
      if (!was_held.back()) versions.push(batch_, row);
      prints.push_back(print);
      if (!was_held.back() && !quarantine_.is_dropped(batch_, row, print)) {
        ++(is_first ? summary_.added : summary_.conflicts);
        continue;
      }
    }
    ++summary_.duplicates;
    if (!comes_first(batch_, row, versions, version, texts_)) continue;
    copy_order(versions, version, batch_, row);
    stored_touched = stored_touched || (has_stored && version == 0);
  }
  return stored_touched;
}

std::size_t Deduplicator::winner_of(const EventRows& versions, const std::vector<Print>& prints) {
  const auto decided = quarantine_.standing(versions, 0);
  if (decided) {
    const auto found = std::find(prints.begin(), prints.end(), *decided);
    if (found != prints.end()) return static_cast<std::size_t>(found - prints.begin());
  }
  std::size_t winner = 0;
  for (std::size_t version = 1; version < versions.size(); ++version) {
    if (!quarantine_.is_dropped(versions, version, prints[version]) && wins(versions, prints, version, winner, texts_))
      winner = version;
  }
  return winner;
}

// The versions of one identity. Returns whether the stored one gives way.
bool Deduplicator::settle(std::uint32_t head, const EventRows* stored, std::size_t stored_row) {
  EventRows versions;
  std::vector<Print> prints;
  std::vector<bool> was_held;
  if (stored != nullptr) {
    versions.push(*stored, stored_row);
    prints.push_back(print_of(*stored, stored_row, texts_));
    was_held.push_back(false);
  }
  const bool stored_touched = gather_versions(head, versions, prints, was_held);
  const std::size_t winner = winner_of(versions, prints);
  for (std::size_t version = 0; version < versions.size(); ++version) {
    if (version == winner) {
      if (was_held[version]) quarantine_.remove(versions, version, prints[version]);
    } else if (!quarantine_.is_dropped(versions, version, prints[version])) {
      quarantine_.put(versions, version, prints[version]);
    }
  }
  if (stored != nullptr && winner == 0 && !stored_touched) return false;
  extra_.push(versions, winner);
  return stored != nullptr;
}

void Deduplicator::write_out() {
  std::map<Group, EventRows> groups;
  std::map<Group, std::vector<std::uint32_t>> rows_of;
  std::vector<std::uint32_t>* rows = nullptr;
  Group last;
  for (std::size_t row = 0; row < batch_.size(); ++row) {
    if (state_[row] == State::kDone) continue;
    if (state_[row] == State::kNew) ++summary_.added;
    const Group group = group_of(batch_, row, partition_bits_);
    if (rows == nullptr || group != last) {
      rows = &rows_of[group];
      last = group;
    }
    rows->push_back(static_cast<std::uint32_t>(row));
  }
  for (const auto& [group, list] : rows_of) {
    if (list.size() == batch_.size()) {
      groups[group] = std::move(batch_);  // an import of one kind: nothing to pick
      break;
    }
    groups[group].append(batch_, list);
  }
  batch_.clear();
  for (std::size_t row = 0; row < extra_.size(); ++row)
    groups[group_of(extra_, row, partition_bits_)].push(extra_, row);
  for (auto& [group, events] : groups) segments_.add_events(group, std::move(events));
}

}  // namespace tactful::store_detail
