#include "dictionary.hpp"

#include <xxhash.h>

#include <limits>

#include "failure.hpp"

namespace tactful::store_detail {

void Dictionary::load() {
  SQLite::Statement query(*database_.sqlite, "SELECT code, text, checksum FROM dictionary ORDER BY code");
  while (query.executeStep()) {
    add(query.getColumn(1).getString());
    const bool sound = query.getColumn(0).getInt64() == size() &&
                       static_cast<std::uint64_t>(query.getColumn(2).getInt64()) == hashes_.back();
    if (!sound) {
      throw Failure({ErrorCode::kStorage, "text " + std::to_string(size()) + " of the store's dictionary is damaged",
                     database_.file, kRebuildHint});
    }
  }
  commit();
}

void Dictionary::add(std::string_view text) {
  texts_.emplace_back(text);
  hashes_.push_back(XXH3_64bits(text.data(), text.size()));
  codes_.emplace(texts_.back(), size());
}

std::int32_t Dictionary::intern(std::string_view text) {
  if (text.empty()) return 0;
  const auto found = codes_.find(text);
  if (found != codes_.end()) return found->second;
  if (size() == std::numeric_limits<std::int32_t>::max()) {
    throw Failure({ErrorCode::kStorage, "the store holds too many different texts", database_.file,
                   "import fewer segment columns"});
  }
  add(text);
  return size();
}

std::string_view Dictionary::text(std::int32_t code) const noexcept {
  if (code <= 0 || code > size()) return {};
  return texts_[static_cast<std::size_t>(code) - 1];
}

std::optional<std::int32_t> Dictionary::code(std::string_view text) const {
  if (text.empty()) return 0;
  const auto found = codes_.find(text);
  if (found == codes_.end()) return std::nullopt;
  return found->second;
}

void Dictionary::persist() {
  SQLite::Statement insert(*database_.sqlite, "INSERT INTO dictionary(code, text, checksum) VALUES (?, ?, ?)");
  for (std::size_t index = persisted_; index < texts_.size(); ++index) {
    insert.bind(1, static_cast<std::int64_t>(index + 1));
    insert.bindNoCopy(2, texts_[index]);
    insert.bind(3, static_cast<std::int64_t>(hashes_[index + 1]));
    insert.exec();
    insert.reset();
  }
}

void Dictionary::rollback() {
  while (texts_.size() > persisted_) {
    codes_.erase(texts_.back());
    texts_.pop_back();
    hashes_.pop_back();
  }
}

}  // namespace tactful::store_detail
