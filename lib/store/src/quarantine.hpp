#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "event_rows.hpp"

namespace tactful::store_detail {

/// What makes an event itself.
struct Identity {
  UnitId unit = 0;
  std::int64_t event = 0, source = 0;
  auto operator<=>(const Identity&) const = default;
};
[[nodiscard]] inline Identity identity_of(const EventRows& rows, std::size_t row) {
  return {rows.at(kUnit, row), rows.at(kEvent, row), rows.at(kSource, row)};
}

/// Events that lost against another payload of their identity; each payload once, by its least order. What a person
/// decided about them stands over the order. A function of the events and decisions, not of their arrival.
/// Every question is answered by an index: a million payloads under one identity cost no more than under a million.
class Quarantine {
 public:
  Quarantine(Database& database, const Dictionary& texts) : database_(database), texts_(texts) {}

  /// Copies what a store of version 1 held, within the caller's transaction.
  void migrate();

  /// Appends the version of rows[row]'s identity that has this print, where it is held. Whether it was.
  bool find(const EventRows& rows, std::size_t row, const Print& print, EventRows& found);
  /// Holds the version rows[row], whose print this is; in place of the same one with another order.
  void put(const EventRows& rows, std::size_t row, const Print& print);
  void remove(const EventRows& rows, std::size_t row, const Print& print);

  /// Which version of the identity stands by decision.
  [[nodiscard]] std::optional<Print> standing(const EventRows& rows, std::size_t row);
  /// Whether that version was dropped by decision.
  [[nodiscard]] bool is_dropped(const EventRows& rows, std::size_t row, const Print& print);
  /// Each identity of these units about which somebody decided.
  [[nodiscard]] std::vector<Identity> decided(UnitId least, UnitId most);
  void decide(const EventRows& rows, std::size_t row, const Print& print, const std::string& action,
              const std::string& who, const std::string& why, TimeMs now);

  struct Held {
    EventRows rows;
    std::vector<Print> prints;
  };
  [[nodiscard]] Held all() const;
  [[nodiscard]] std::int64_t count() const;
  /// Events of a unit; removing takes the decisions about them along.
  [[nodiscard]] std::int64_t count_of(UnitId unit) const;
  void remove_unit(UnitId unit);
  [[nodiscard]] std::int64_t count_before(TimeMs before) const;
  /// Decisions go once they and what they are about are from before it, and nothing of their identity is held.
  void remove_before(TimeMs before);

 private:
  SQLite::Statement& prepared(const char* sql);
  [[nodiscard]] bool has_decisions();

  Database& database_;
  const Dictionary& texts_;
  std::map<std::string, std::unique_ptr<SQLite::Statement>, std::less<>> statements_;
};

}  // namespace tactful::store_detail
