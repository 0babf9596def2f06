#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/store/event_source.hpp"

namespace tactful {

/// The combinations of segment values met, and the margins they belong to. Keys and margins are small consecutive
/// numbers; key 0 is "no declared segment". Thread-safety: intern() and margins_of() from several threads.
class SegmentRegistry {
 public:
  using Values = std::vector<std::pair<std::string, std::string>>;  ///< Segment name and value, declared ones only.

  SegmentRegistry() { (void)intern({}); }

  [[nodiscard]] int intern(const Values& values);
  [[nodiscard]] std::vector<int> margins_of(int key) const;
  /// Order of two keys by their texts, which unlike the keys do not depend on the order of arrival.
  [[nodiscard]] bool is_less(int a, int b) const;
  /// Segment name and value of each margin. Call it after the threads are done.
  [[nodiscard]] const Values& margins() const noexcept { return margins_; }
  [[nodiscard]] std::size_t keys() const;

 private:
  mutable std::mutex mutex_;
  std::map<Values, int> keys_;
  std::vector<std::vector<int>> key_margins_;
  std::map<std::pair<std::string, std::string>, int> margin_ids_;
  Values margins_;
};

/// One thread's way from the segment texts of exposures to keys; parses each distinct text once.
class SegmentReader {
 public:
  SegmentReader(const EventSource& source, const std::vector<std::string>& declared, SegmentRegistry& registry)
      : source_(source), declared_(declared), registry_(registry) {}

  /// Errors: kInvalidInput when the text is not a JSON object of texts.
  [[nodiscard]] Result<int> key_of(std::int32_t code);

 private:
  const EventSource& source_;
  const std::vector<std::string>& declared_;
  SegmentRegistry& registry_;
  std::unordered_map<std::int32_t, int> known_;
  std::int32_t last_code_ = 0;
  int last_key_ = 0;
};

}  // namespace tactful
