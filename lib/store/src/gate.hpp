#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "event_rows.hpp"

namespace tactful::store_detail {

/// What may not come in, or not again: events of forgotten units, and events from before the purge.
/// A tombstone is BLAKE2b-128 of the pseudonym under the store's salt: whoever has a pseudonym can ask, nobody can
/// list. Changes happen within the caller's transaction; after a rollback load() again.
class Gate {
 public:
  explicit Gate(Database& database) : database_(database) {}

  void load();

  [[nodiscard]] bool is_forgotten(UnitId unit) const;
  [[nodiscard]] bool is_expired(TimeMs at) const noexcept { return purged_before_ && at < *purged_before_; }
  [[nodiscard]] std::optional<TimeMs> purged_before() const noexcept { return purged_before_; }
  [[nodiscard]] bool is_open() const noexcept { return tombstones_.empty() && !purged_before_; }

  struct Refused {
    std::int64_t forgotten = 0, expired = 0;
  };
  /// Takes out of the batch what may not come in.
  Refused filter(EventRows& batch) const;

  void bury(std::span<const UnitId> units);  // gives them tombstones
  void set_purged_before(TimeMs before);

 private:
  using Hash = std::array<unsigned char, 16>;
  struct FirstBytes {
    std::size_t operator()(const Hash& hash) const noexcept {
      std::size_t bytes = 0;
      std::memcpy(&bytes, hash.data(), sizeof bytes);
      return bytes;
    }
  };
  [[nodiscard]] Hash hash_of(UnitId unit) const;

  Database& database_;
  std::string salt_;
  std::unordered_set<Hash, FirstBytes> tombstones_;
  std::optional<TimeMs> purged_before_;
};

}  // namespace tactful::store_detail
