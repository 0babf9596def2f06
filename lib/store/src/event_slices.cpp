#include "event_slices.hpp"

#include <xxhash.h>

#include <algorithm>

namespace tactful::store_detail {

namespace {

constexpr std::size_t kSliceEvents = 65'536;

}  // namespace

Result<std::span<const IngestEvent>> EventSlices::next() {
  slice_.clear();
  for (; at_ < events_.size() && slice_.size() < kSliceEvents; ++at_) slice_.push_back(spelled_out(events_[at_]));
  return std::span<const IngestEvent>(slice_);
}

IngestEvent EventSlices::spelled_out(const ParsedEvent& parsed) {
  IngestEvent event{};
  event.event.type = parsed.type;
  event.event.unit = parsed.unit;
  event.event.cluster = parsed.cluster;
  event.event.at = parsed.at;
  event.event.recorded_at = now_;
  event.event.sequence = parsed.row;
  event.event.event = parsed.event != 0 ? parsed.event : event_of(parsed);
  event.event.value = parsed.value;
  event.source = request_.source;
  if (parsed.type == EventType::kOutcome) {
    event.kind = texts_[parsed.label];
    return event;
  }
  event.experiment = request_.experiment;
  event.phase = request_.phase;
  event.variant = texts_[parsed.label];
  event.segments = texts_[parsed.segments];
  return event;
}

// The identity of a row without an id: the same file gives the same.
std::int64_t EventSlices::event_of(const ParsedEvent& parsed) {
  const bool outcome = parsed.type == EventType::kOutcome;
  text_ = outcome ? outcomes_hash_ : exposures_hash_;
  text_ += ':';
  text_ += std::to_string(parsed.row);
  text_ += outcome ? ":outcome:" : parsed.type == EventType::kExposure ? ":exposure:" : ":delivery:";
  text_ += outcome ? texts_[parsed.label] : std::string_view(request_.experiment);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(XXH3_64bits(text_.data(), text_.size()) >> 1));
}

}  // namespace tactful::store_detail
