#include "event_encoder.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "tactful/core/key.hpp"

namespace tactful {
namespace {

constexpr std::size_t kMaxSegments = 32;

using Segment = std::pair<std::string_view, std::string_view>;

Error refuse(std::string_view field, std::string message, std::string hint = "") {
  return {ErrorCode::kInvalidArgument, std::move(message), std::string(field), std::move(hint)};
}

Status require(const Event& event, std::string_view value, std::string_view field) {
  if (!value.empty()) return {};
  return refuse(field, std::string(field) + " is required for an event of type " + std::string(to_string(event.type)));
}

Status check_required(const Event& event) {
  Status status = require(event, event.unit, "unit");
  if (status.ok()) status = require(event, event.source, "source");
  switch (event.type) {
    case EventType::kHold:
      if (status.ok()) status = require(event, event.experiment, "experiment");
      if (status.ok()) status = require(event, event.reason, "reason");
      return status;
    case EventType::kExposure:
    case EventType::kDelivery:
      if (status.ok()) status = require(event, event.experiment, "experiment");
      if (status.ok()) status = require(event, event.variant, "variant");
      return status;
    case EventType::kContact:
      return status;
    case EventType::kOutcome:
      return status.ok() ? require(event, event.kind, "kind") : status;
  }
  return refuse("type", "type is none of the event types");
}

Status check_values(const Event& event) {
  if (event.value && event.type != EventType::kOutcome) return refuse("value", "only outcomes have a value");
  if (event.value && !std::isfinite(*event.value)) return refuse("value", "value is not a finite number");
  if (!event.segments.empty() && event.type != EventType::kExposure) {
    return refuse("segments", "only exposures have segments");
  }
  if (event.type != EventType::kContact && event.type != EventType::kHold) {
    const std::pair<std::string_view, std::string_view> of_contacts[] = {{"ticket", event.ticket},
                                                                         {"assignee", event.assignee},
                                                                         {"ticket_before", event.ticket_before},
                                                                         {"ticket_after", event.ticket_after}};
    for (const auto& [field, text] : of_contacts) {
      if (!text.empty()) return refuse(field, "only contacts and holds have " + std::string(field));
    }
  }
  if (event.segments.size() > kMaxSegments) {
    return refuse("segments", "an exposure has at most " + std::to_string(kMaxSegments) + " segments");
  }
  return {};
}

// Labels hold no control characters, so these two are all that JSON wants escaped.
void append_quoted(std::string& text, std::string_view label) {
  text += '"';
  for (const char c : label) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  text += '"';
}

// A name that is no label is described, not repeated; a value never is.
Status check_segments(std::span<const Segment> sorted) {
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const Segment& segment = sorted[i];
    if (!is_label(segment.first)) return refuse("segments", "a segment's name is no label");
    if (!is_label(segment.second)) {
      return refuse("segments", "the value of segment '" + std::string(segment.first) + "' is no label",
                    "a label is 1 to 100 bytes of UTF-8 without control characters and without blanks at either end");
    }
    if (i > 0 && sorted[i - 1].first == segment.first) {
      return refuse("segments", "segment '" + std::string(segment.first) + "' is given twice");
    }
  }
  return {};
}

// Canonical JSON (members sorted by name), so that equal segments have one code.
Result<std::string> segments_text(std::span<const Segment> segments) {
  if (segments.empty()) return std::string();
  std::array<Segment, kMaxSegments> buffer;
  std::copy(segments.begin(), segments.end(), buffer.begin());
  const std::span<Segment> sorted(buffer.data(), segments.size());
  std::sort(sorted.begin(), sorted.end());
  if (Status status = check_segments(sorted); !status.ok()) return status.error();
  std::string text = "{";
  for (const Segment& segment : sorted) {
    if (text.size() > 1) text += ',';
    append_quoted(text, segment.first);
    text += ':';
    append_quoted(text, segment.second);
  }
  text += '}';
  return text;
}

}  // namespace

Result<StoredEvent> EventEncoder::encode(const Event& event, TimeMs recorded_at) {
  if (Status status = check_required(event); !status.ok()) return status.error();
  if (Status status = check_values(event); !status.ok()) return status.error();
  const auto segments = segments_text(event.segments);
  if (!segments) return segments.error();

  StoredEvent row;
  const std::array<Word, 12> words{{
      {event.source, "source", TextRule::kKey, &row.source},
      {event.experiment, "experiment", TextRule::kKey, &row.experiment},
      {event.experiment_fingerprint, "experiment_fingerprint", TextRule::kLabel, &row.experiment_fingerprint},
      {event.variant, "variant", TextRule::kLabel, &row.variant},
      {event.wording_fingerprint, "wording_fingerprint", TextRule::kLabel, &row.wording_fingerprint},
      {event.phase, "phase", TextRule::kKey, &row.phase},
      {event.reason, "reason", TextRule::kKey, &row.reason},
      {event.channel, "channel", TextRule::kKey, &row.channel},
      {event.kind, "kind", TextRule::kKey, &row.kind},
      {event.ticket_before, "ticket_before", TextRule::kKey, &row.ticket_before},
      {event.ticket_after, "ticket_after", TextRule::kKey, &row.ticket_after},
      {*segments, "segments", TextRule::kSegments, &row.segments},
  }};
  if (Status status = dictionary_.intern(words); !status.ok()) return status.error();

  row.type = event.type;
  row.unit = pseudonymizer_.unit(event.unit);
  row.cluster = event.cluster.empty() ? 0 : pseudonymizer_.cluster(event.cluster);
  row.ticket = event.ticket.empty() ? 0 : pseudonymizer_.ticket(event.ticket);
  row.assignee = event.assignee.empty() ? 0 : pseudonymizer_.assignee(event.assignee);
  row.at = event.at;
  row.recorded_at = recorded_at;
  row.event = event.event_id.empty() ? made_event_id() : pseudonymizer_.event(event.event_id);
  row.value = event.type == EventType::kOutcome ? event.value.value_or(1.0) : 0.0;
  return row;
}

// The finaliser of SplitMix64, a bijection: ids of one journal differ before the top bit is cut, and two journals start
// at random places.
std::int64_t EventEncoder::made_event_id() noexcept {
  std::uint64_t z = seed_ + 0x9e37'79b9'7f4a'7c15ULL * made_.fetch_add(1, std::memory_order_relaxed);
  z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11ebULL;
  z = (z ^ (z >> 31)) & 0x7fff'ffff'ffff'ffffULL;
  return z == 0 ? 1 : static_cast<std::int64_t>(z);
}

}  // namespace tactful
