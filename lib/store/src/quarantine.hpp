#pragma once

#include <string>
#include <vector>

#include "event_rows.hpp"

namespace tactful::store_detail {

/// Events that lost against another payload of their identity; each payload once, by its least order.
/// A function of the set of events alone, not of their arrival.
class Quarantine {
 public:
  Quarantine(Database& database, const Dictionary& texts) : database_(database), texts_(texts) {}

  /// Appends what is held under the identity of rows[row].
  void find(const EventRows& rows, std::size_t row, EventRows& found) const;
  /// Replaces what is held under the identity: all of `versions` but `winner`.
  void replace(const EventRows& versions, std::size_t winner);
  [[nodiscard]] std::vector<Store::QuarantinedEvent> list() const;
  [[nodiscard]] std::int64_t count() const;

 private:
  Database& database_;
  const Dictionary& texts_;
};

}  // namespace tactful::store_detail
