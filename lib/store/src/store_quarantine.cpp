// Events that lost against another payload: listing them, and what a person decides about them.
#include <algorithm>
#include <array>
#include <cstdio>
#include <tuple>

#include "sqlite_store.hpp"

namespace tactful::store_detail {
namespace {

std::string handle_of(std::uint64_t high) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(high));
  return {text.data(), 16};
}

std::string difference(const EventRows& loser, std::size_t loser_row, const EventRows& winner, std::size_t winner_row) {
  std::string names;
  const auto note = [&names](int column) { names += (names.empty() ? "" : ", ") + std::string(column_name(column)); };
  for (int column = kType; column <= kValue; ++column) {
    if (loser.at(column, loser_row) != winner.at(column, winner_row)) note(column);
  }
  for (int column = kFirstTicketColumn; column <= kLastColumn; ++column) {
    if (loser.ticket(column, loser_row) != winner.ticket(column, winner_row)) note(column);
  }
  return names;
}

}  // namespace

std::map<Identity, std::pair<EventRows, std::int64_t>> find_stored(const Segments& segments, const EventRows& wanted) {
  std::map<Identity, std::pair<EventRows, std::int64_t>> found;
  std::set<Identity> identities;
  for (std::size_t row = 0; row < wanted.size(); ++row) identities.insert(identity_of(wanted, row));
  if (identities.empty()) return found;
  const BlockKey keys[] = {{kUnit, 0}, {kEvent, 0}, {kSource, 0}};
  for (const auto& [id, segment] : segments.list()) {
    const auto least = identities.lower_bound({segment.min_unit, std::numeric_limits<std::int64_t>::min(), 0});
    if (segment.group.kind == kWideKind || least == identities.end() || least->unit > segment.max_unit) continue;
    const std::vector<std::string> blocks = segments.read(segment, keys);
    std::array<std::vector<std::int64_t>, 3> columns;
    for (std::size_t index = 0; index < columns.size(); ++index)
      decode_block(blocks[index], static_cast<std::size_t>(segment.rows), columns[index]);
    EventRows rows;
    for (std::size_t row = 0; row < columns[0].size(); ++row) {
      const Identity identity{columns[0][row], columns[1][row], columns[2][row]};
      if (!identities.contains(identity)) continue;
      if (rows.empty()) segments.read_events(segment, rows);
      auto& place = found[identity];
      place.first.push(rows, row);
      place.second = id;
    }
  }
  return found;
}

Result<std::vector<QuarantinedEvent>> SqliteStore::quarantine() const {
  return guarded(database_.file, [&]() -> Result<std::vector<QuarantinedEvent>> {
    const Quarantine::Held held = quarantine_.all();
    const auto stored = find_stored(segments_, held.rows);
    std::vector<QuarantinedEvent> events;
    for (std::size_t row = 0; row < held.rows.size(); ++row) {
      const auto winner = stored.find(identity_of(held.rows, row));
      const std::string why = winner == stored.end()
                                  ? "an event with the same source, unit and id came first"
                                  : "an event with the same source, unit and id came first; it differs in " +
                                        difference(held.rows, row, winner->second.first, 0);
      events.push_back({held.rows.stored_event(row), std::string(dictionary_.text(held.rows.code(kWriter, row))), why,
                        handle_of(held.prints[row].high)});
    }
    const auto key = [this](const QuarantinedEvent& one) {
      return std::tuple(one.event.unit, one.event.event, dictionary_.text(one.event.source), one.event.recorded_at,
                        std::string_view(one.writer), one.event.sequence, std::string_view(one.handle));
    };
    std::sort(events.begin(), events.end(), [&key](const auto& a, const auto& b) { return key(a) < key(b); });
    return events;
  });
}

// Puts the chosen version in the place of the one that stood.
void SqliteStore::let_stand(const EventRows& chosen, const Print& print) {
  quarantine_.remove(chosen, 0, print);
  for (const auto& [identity, place] : find_stored(segments_, chosen)) {
    const auto& [loser, segment_id] = place;
    quarantine_.put(loser, 0, print_of(loser, 0, dictionary_));
    const Segment segment = segments_.list().at(segment_id);
    EventRows rows;
    segments_.read_events(segment, rows);
    std::vector<std::uint32_t> kept;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (!same_identity(rows, row, chosen, 0)) kept.push_back(static_cast<std::uint32_t>(row));
    }
    rows.keep(kept);
    segments_.remove(segment_id);
    segments_.write_events(segment.group, rows);
  }
  segments_.add_events(group_of(chosen, 0, partition_bits_), chosen);
}

Quarantine::Held SqliteStore::find_held(std::string_view handle) const {
  const Quarantine::Held held = quarantine_.all();
  std::vector<std::size_t> matching;
  for (std::size_t row = 0; row < held.rows.size(); ++row) {
    if (!handle.empty() && handle_of(held.prints[row].high).starts_with(handle)) matching.push_back(row);
  }
  if (matching.empty()) {
    throw Failure({ErrorCode::kNotFound, "nothing in quarantine has the handle " + std::string(handle), database_.file,
                   "tactful quarantine list shows them"});
  }
  if (matching.size() > 1) {
    throw Failure(
        {ErrorCode::kConflict,
         std::to_string(matching.size()) + " quarantined events have handles that begin with " + std::string(handle),
         database_.file, "give more digits"});
  }
  Quarantine::Held chosen;
  chosen.rows.push(held.rows, matching.front());
  chosen.prints.push_back(held.prints[matching.front()]);
  return chosen;
}

Status SqliteStore::decide(std::string_view handle, QuarantineAction action, std::string_view who, std::string_view why,
                           TimeMs now, bool dry_run) {
  if (who.empty()) return Error{ErrorCode::kInvalidArgument, "a decision needs the name of who makes it", "who", ""};
  if (dry_run) {
    return guarded(database_.file, [&]() -> Status {
      (void)find_held(handle);
      return {};
    });
  }
  const auto result = change([&] {
    const Quarantine::Held held = find_held(handle);
    const EventRows& chosen = held.rows;
    const Print print = held.prints.front();
    quarantine_.decide(chosen, 0, print, action == QuarantineAction::kStands ? "stands" : "dropped", std::string(who),
                       std::string(why), now);
    if (action == QuarantineAction::kStands) {
      let_stand(chosen, print);
    } else {
      quarantine_.remove(chosen, 0, print);
      set_removal_state(kToRebuild);
    }
    return IngestSummary{};
  });
  if (!result) return result.error();
  (void)finish_removal();  // logs what is left, and the next opening for writing tries again
  return {};
}

Result<std::vector<QuarantineDecision>> SqliteStore::decisions() const {
  return guarded(database_.file, [&]() -> Result<std::vector<QuarantineDecision>> {
    std::vector<QuarantineDecision> decisions;
    if (database_.version == 1) return decisions;
    SQLite::Statement query(*database_.sqlite, "SELECT at, who, why, action, print_high FROM decisions ORDER BY id");
    while (query.executeStep()) {
      const bool stands = query.getColumn(3).getString() == "stands";
      decisions.push_back({query.getColumn(0).getInt64(), query.getColumn(1).getString(),
                           query.getColumn(2).getString(),
                           stands ? QuarantineAction::kStands : QuarantineAction::kDropped,
                           handle_of(static_cast<std::uint64_t>(query.getColumn(4).getInt64()))});
    }
    return decisions;
  });
}

}  // namespace tactful::store_detail
