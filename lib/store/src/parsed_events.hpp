#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tactful/core/time.hpp"
#include "tactful/journal/event.hpp"

namespace tactful::store_detail {

/// Texts that repeat from row to row, kept once; codes from 1.
class Texts {
 public:
  std::int32_t code(std::string_view text) {
    if (text.empty()) return 0;
    if (last_ != 0 && text == (*this)[last_]) return last_;
    const auto found = codes_.find(text);
    if (found != codes_.end()) return last_ = found->second;
    texts_.emplace_back(text);
    last_ = static_cast<std::int32_t>(texts_.size());
    codes_.emplace(texts_.back(), last_);
    return last_;
  }
  std::string_view operator[](std::int32_t code) const {
    return code == 0 ? std::string_view() : texts_[static_cast<std::size_t>(code) - 1];
  }

 private:
  std::deque<std::string> texts_;
  std::unordered_map<std::string_view, std::int32_t> codes_;
  std::int32_t last_ = 0;
};

/// A checked row, small, so that a large file fits into memory before anything is stored.
struct ParsedEvent {
  UnitId unit = 0;
  UnitId cluster = 0;
  TimeMs at = 0;
  std::int64_t event = 0;  // 0: from content hash and row
  std::int64_t row = 0;
  double value = 0.0;
  std::int32_t label = 0;  // variant, or kind
  std::int32_t segments = 0;
  EventType type = EventType::kOutcome;
};

}  // namespace tactful::store_detail
