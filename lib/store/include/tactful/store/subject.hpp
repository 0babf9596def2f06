#pragma once

#include <functional>
#include <string>

#include "tactful/core/json.hpp"
#include "tactful/journal/event.hpp"

namespace tactful {

/// A pseudonym as 16 hex digits: how documents for one subject name numbers that JSON readers would round.
[[nodiscard]] std::string pseudonym_text(UnitId unit);

/// An event as docs/spec/subject.md writes it: every field that it has, texts by `text` (code to text), pseudonyms as
/// pseudonym_text(). The unit itself is left out.
[[nodiscard]] Json subject_event(const StoredEvent& event, const std::function<std::string(std::int32_t)>& text);

}  // namespace tactful
