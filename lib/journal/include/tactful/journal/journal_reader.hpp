#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/journal/erasure.hpp"
#include "tactful/journal/event.hpp"

namespace tactful {

/// What a journal's owners did not store, since the journal was made. Stored with each commit and once a second when
/// nothing is recorded, and at the close; so what a killed owner counted in its last moments is not in it.
struct JournalLosses {
  std::int64_t dropped = 0;   ///< Refused because the queue was full.
  std::int64_t failed = 0;    ///< Taken, and given up when the journal closed while storage failed.
  std::int64_t refused = 0;   ///< Refused for a field that breaks the rules, or for too many different texts.
  std::int64_t withheld = 0;  ///< Events of erased units; no loss, but what was asked for.
  bool operator==(const JournalLosses&) const = default;
};

/// Reads a journal of any version, also one that a sender is writing, without touching it (read-only connection, no
/// checkpoint). The one exception: an owner that was killed in the moment of opening or closing its journal may leave a
/// file that SQLite must roll back first; that is done under the journal's lock, which proves that the owner is gone.
/// A journal that its owner migrates meanwhile is read on as what it has become.
/// Thread-safety: one thread at a time.
class JournalReader {
 public:
  /// Errors: kNotFound, kStorage, kInvalidInput when it is no journal, kUnsupportedVersion for a newer schema,
  /// kUnavailable when its owner is just repairing it (try again).
  [[nodiscard]] static Result<std::unique_ptr<JournalReader>> open(const std::filesystem::path& file);

  virtual ~JournalReader() = default;

  /// Random 128-bit identity of the journal, 32 hex digits; stays when the file is moved.
  [[nodiscard]] virtual const std::string& writer() const noexcept = 0;
  [[nodiscard]] virtual const std::string& key_id() const noexcept = 0;
  [[nodiscard]] virtual const std::string& purpose() const noexcept = 0;

  /// Up to `limit` events with sequence > `after`, ascending; an empty answer means that there are no more now. Erased
  /// events are passed over, so sequences may skip. Errors: kStorage, kUnsupportedVersion when it was migrated past
  /// this release, kInvalidInput for an event of an unknown type, and for sequences that are no numbers or do not
  /// ascend. Other fields are as the file has them; a code that none can be is negative.
  [[nodiscard]] virtual Result<std::vector<StoredEvent>> read(std::int64_t after, std::size_t limit) = 0;

  /// Whether the event of that sequence was erased: a collector whose last event is gone asks this before it takes the
  /// file for an earlier copy. Errors: kStorage.
  [[nodiscard]] virtual Result<bool> is_erased(std::int64_t sequence) = 0;

  /// The dictionary's text of a code met in a StoredEvent. Errors: kStorage, kInvalidInput for an unknown code.
  [[nodiscard]] virtual Result<std::string> text(std::int32_t code) = 0;

  /// All zero in journals of version 1. Errors: kStorage.
  [[nodiscard]] virtual Result<JournalLosses> losses() = 0;

  /// Receipts of the erasures begun in this journal, by request; none in journals of version 1. Errors: kStorage.
  [[nodiscard]] virtual Result<std::vector<ErasureReceipt>> erasures() = 0;

  /// Whether every one of the units has its tombstone here and none of their events is left: then there is nothing to
  /// ask for. The log may still hold bytes of them while a request is pending. One pass over the events' units.
  /// Errors: kStorage.
  [[nodiscard]] virtual Result<bool> has_erased(std::span<const UnitId> units) = 0;

 protected:
  JournalReader() = default;
};

}  // namespace tactful
