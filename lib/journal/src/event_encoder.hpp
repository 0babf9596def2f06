#pragma once

#include <atomic>
#include <cstdint>

#include "dictionary.hpp"
#include "tactful/journal/event.hpp"

namespace tactful {

/// Turns an event into the row that is stored: checks it, replaces ids by pseudonyms and texts by codes. Nothing of the
/// event is kept, and no error repeats a text that may be an id.
/// Thread-safety: any thread.
class EventEncoder {
 public:
  /// `seed` must differ between all journals; it makes the ids of events that come without one.
  EventEncoder(Pseudonymizer pseudonymizer, Dictionary& dictionary, std::uint64_t seed)
      : pseudonymizer_(std::move(pseudonymizer)), dictionary_(dictionary), seed_(seed) {}

  /// Everything but the sequence. Errors: kInvalidArgument naming the field.
  [[nodiscard]] Result<StoredEvent> encode(const Event& event, TimeMs recorded_at);

 private:
  [[nodiscard]] std::int64_t made_event_id() noexcept;

  const Pseudonymizer pseudonymizer_;
  Dictionary& dictionary_;
  const std::uint64_t seed_;
  std::atomic<std::uint64_t> made_{0};
};

}  // namespace tactful
