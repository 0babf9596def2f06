#pragma once

#include <span>
#include <string>
#include <vector>

#include "parsed_events.hpp"
#include "tactful/store/import.hpp"
#include "tactful/store/store.hpp"

namespace tactful::store_detail {

/// Gives parsed events to the store, slice by slice, each with its identity. What is passed in must outlive it.
class EventSlices {
 public:
  EventSlices(const EventsImport& request, const Texts& texts, const std::vector<ParsedEvent>& events,
              std::string exposures_hash, std::string outcomes_hash, TimeMs now)
      : request_(request),
        texts_(texts),
        events_(events),
        exposures_hash_(std::move(exposures_hash)),
        outcomes_hash_(std::move(outcomes_hash)),
        now_(now) {}

  /// The next events, valid until the next call; empty after the last.
  [[nodiscard]] Result<std::span<const IngestEvent>> next();

 private:
  [[nodiscard]] IngestEvent spelled_out(const ParsedEvent& parsed);
  [[nodiscard]] std::int64_t event_of(const ParsedEvent& parsed);

  const EventsImport& request_;
  const Texts& texts_;
  const std::vector<ParsedEvent>& events_;
  std::string exposures_hash_, outcomes_hash_;
  TimeMs now_;
  std::size_t at_ = 0;
  std::vector<IngestEvent> slice_;
  std::string text_;
};

}  // namespace tactful::store_detail
