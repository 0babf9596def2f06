#pragma once

#include <sqlite3.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

#include "byte_patch.hpp"
#include "fuzz_file.hpp"

namespace tactful::fuzz {

inline std::string file_bytes(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A database of ours, changed from outside by statements that are well formed.
class OpenDatabase {
 public:
  explicit OpenDatabase(const std::filesystem::path& file) {
    if (sqlite3_open(file.c_str(), &handle_) != SQLITE_OK) throw std::runtime_error("cannot open " + file.string());
  }
  ~OpenDatabase() { sqlite3_close(handle_); }
  OpenDatabase(const OpenDatabase&) = delete;
  OpenDatabase& operator=(const OpenDatabase&) = delete;

  /// Runs one statement with these numbers; what it refuses is refused.
  void run(const std::string& sql, std::initializer_list<std::int64_t> numbers, const std::string* blob = nullptr) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(handle_));
    int index = 0;
    for (const std::int64_t number : numbers) sqlite3_bind_int64(statement, ++index, number);
    if (blob != nullptr)
      sqlite3_bind_blob(statement, ++index, blob->data(), static_cast<int>(blob->size()), SQLITE_TRANSIENT);
    (void)sqlite3_step(statement);
    sqlite3_finalize(statement);
  }
  [[nodiscard]] sqlite3* handle() const noexcept { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
};

/// A number at one of the edges, or any.
inline std::int64_t odd_number(Bytes& bytes) {
  switch (bytes.take(1) % 8) {
    case 0:
      return 0;
    case 1:
      return -1;
    case 2:
      return INT64_MAX;
    case 3:
      return INT64_MIN;
    case 4:
      return INT64_C(1) << (bytes.take(1) % 63);
    case 5:
      return static_cast<std::int64_t>(bytes.take(1));
    default:
      return static_cast<std::int64_t>(bytes.take(8));
  }
}

}  // namespace tactful::fuzz
