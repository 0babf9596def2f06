#include "deduplicator.hpp"

#include <algorithm>
#include <bit>
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
  // A decision holds also where nothing is stored of its identity any more: after a purge of what stood.
  for (const Identity& identity : quarantine_.decided(*low, *high)) {
    const std::uint32_t head = find(identity.unit, identity.event, identity.source);
    if (head != kNone && state_[head] == State::kNew) settle(head, nullptr, 0);
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
// already are marked. Versions that only quarantine knows stay where they are: they lost against the stored one, or
// somebody decided against them.
Deduplicator::Versions Deduplicator::gather_versions(std::uint32_t head, const EventRows* stored,
                                                     std::size_t stored_row) {
  Versions all;
  std::unordered_map<Print, std::size_t, PrintHash> version_of;
  if (stored != nullptr) {
    all.rows.push(*stored, stored_row);
    all.prints.push_back(print_of(*stored, stored_row, texts_));
    all.known.push_back(Known::kStored);
    version_of.emplace(all.prints.front(), 0);
  }
  std::vector<std::uint32_t> rows{head};
  if (const auto rivals = rivals_.find(head); rivals != rivals_.end())
    rows.insert(rows.end(), rivals->second.begin(), rivals->second.end());
  for (const std::uint32_t row : rows) {
    state_[row] = State::kDone;
    const Print print = print_of(batch_, row, texts_);
    const auto [place, is_first] = version_of.try_emplace(print, all.rows.size());
    const std::size_t version = place->second;
    if (is_first) {
      const bool is_held = quarantine_.find(batch_, row, print, all.rows);
      if (!is_held) all.rows.push(batch_, row);
      all.prints.push_back(print);
      const bool is_dropped = !is_held && quarantine_.is_dropped(batch_, row, print);
      all.known.push_back(is_held ? Known::kHeld : is_dropped ? Known::kDropped : Known::kNew);
      if (all.known.back() == Known::kNew) continue;
    }
    ++summary_.duplicates;
    if (!comes_first(batch_, row, all.rows, version, texts_)) continue;
    copy_order(all.rows, version, batch_, row);
    all.stored_touched = all.stored_touched || all.known[version] == Known::kStored;
  }
  return all;
}

// Nothing where every version was dropped, or the one that was decided for is none of them (a purge took it).
std::optional<std::size_t> Deduplicator::winner_of(const Versions& all) {
  if (const auto decided = quarantine_.standing(all.rows, 0)) {
    const auto found = std::find(all.prints.begin(), all.prints.end(), *decided);
    if (found == all.prints.end()) return std::nullopt;
    return static_cast<std::size_t>(found - all.prints.begin());
  }
  std::optional<std::size_t> winner;
  for (std::size_t version = 0; version < all.rows.size(); ++version) {
    if (all.known[version] == Known::kDropped) continue;
    if (!winner || wins(all.rows, all.prints, version, *winner, texts_)) winner = version;
  }
  return winner;
}

// The versions of one identity. Returns whether the stored one gives way.
bool Deduplicator::settle(std::uint32_t head, const EventRows* stored, std::size_t stored_row) {
  const Versions all = gather_versions(head, stored, stored_row);
  const std::optional<std::size_t> winner = winner_of(all);
  std::int64_t news = std::count(all.known.begin(), all.known.end(), Known::kNew);
  if (stored == nullptr && winner && all.known[*winner] == Known::kNew) {
    ++summary_.added;
    --news;
  }
  summary_.conflicts += news;
  for (std::size_t version = 0; version < all.rows.size(); ++version) {
    if (version == winner) {
      if (all.known[version] == Known::kHeld) quarantine_.remove(all.rows, version, all.prints[version]);
    } else if (all.known[version] != Known::kDropped) {
      quarantine_.put(all.rows, version, all.prints[version]);
    }
  }
  if (stored != nullptr && winner == std::size_t{0} && !all.stored_touched) return false;
  if (winner) extra_.push(all.rows, *winner);
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
