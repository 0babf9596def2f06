#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/journal/event.hpp"

namespace tactful {

/// Reads a journal, also one that a sender is writing, without touching it (read-only connection, no checkpoint). The one
/// exception: an owner that was killed in the moment of opening or closing its journal may leave a file that SQLite must roll
/// back first; that is done under the journal's lock, which proves that the owner is gone.
/// Thread-safety: one thread at a time.
class JournalReader {
 public:
  /// Errors: kNotFound, kStorage, kInvalidInput when it is no journal, kUnsupportedVersion for a newer schema, kUnavailable
  /// when its owner is just repairing it (try again).
  [[nodiscard]] static Result<std::unique_ptr<JournalReader>> open(const std::filesystem::path& file);

  virtual ~JournalReader() = default;

  /// Random 128-bit identity of the journal, 32 hex digits; stays when the file is moved.
  [[nodiscard]] virtual const std::string& writer() const noexcept = 0;
  [[nodiscard]] virtual const std::string& key_id() const noexcept = 0;
  [[nodiscard]] virtual const std::string& purpose() const noexcept = 0;

  /// Up to `limit` events with sequence > `after`, ascending; an empty answer means that there are no more now. Errors: kStorage,
  /// kInvalidInput for an event of an unknown type. Other fields are as the file has them; a code that none can be is negative.
  [[nodiscard]] virtual Result<std::vector<StoredEvent>> read(std::int64_t after, std::size_t limit) = 0;

  /// The dictionary's text of a code met in a StoredEvent. Errors: kStorage, kInvalidInput for an unknown code.
  [[nodiscard]] virtual Result<std::string> text(std::int32_t code) = 0;

 protected:
  JournalReader() = default;
};

}  // namespace tactful
