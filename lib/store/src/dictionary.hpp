#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "database.hpp"

namespace tactful::store_detail {

/// The store's texts and their codes; code 0 is the empty text. New codes count from the commit on.
class Dictionary {
 public:
  explicit Dictionary(Database& database) : database_(database) {}

  /// Throws Failure when a text is damaged.
  void load();

  [[nodiscard]] std::int32_t intern(std::string_view text);
  /// Texts stay where they are as long as the dictionary lives. An unknown code gives the empty text.
  [[nodiscard]] std::string_view text(std::int32_t code) const noexcept;
  [[nodiscard]] std::optional<std::int32_t> code(std::string_view text) const;
  /// XXH3-64 of the text, 0 for code 0 and unknown codes.
  [[nodiscard]] std::uint64_t hash(std::int32_t code) const noexcept {
    const auto index = static_cast<std::size_t>(code);
    return index < hashes_.size() ? hashes_[index] : 0;
  }
  [[nodiscard]] std::int32_t size() const noexcept { return static_cast<std::int32_t>(texts_.size()); }

  void persist();  // writes the new texts, within the caller's transaction
  void commit() { persisted_ = texts_.size(); }
  void rollback();

 private:
  void add(std::string_view text);

  Database& database_;
  std::deque<std::string> texts_;
  std::vector<std::uint64_t> hashes_{0};
  std::unordered_map<std::string_view, std::int32_t> codes_;
  std::size_t persisted_ = 0;
};

}  // namespace tactful::store_detail
