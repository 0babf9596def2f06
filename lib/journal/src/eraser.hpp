#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "erasure_request.hpp"
#include "journal_schema.hpp"
#include "tactful/journal/erasure.hpp"

namespace tactful {

/// What a step did and what is to be done next.
enum class ErasureStep {
  kIdle,  ///< Nothing asks to be erased.
  kMore,  ///< Some was done; the next step has more.
  kWait,  ///< A reader keeps the log from being cut; worth another try a little later.
};

/// Applies the requests beside one journal over the owner's connection, in steps so short that events can be committed
/// between them. Thread-safety: one thread at a time, the connection's.
class Eraser {
 public:
  /// Reads the tombstones. Throws std::runtime_error with SQLite's cause.
  Eraser(sqlite3* database, std::filesystem::path journal);

  [[nodiscard]] bool is_erased(UnitId unit) const { return !marks_.empty() && marks_.count(mark_of(unit)) == 1; }

  /// Never inside a transaction. A request that cannot be read is passed over, so that it keeps no other from being
  /// done. Errors: kStorage; the next call begins the request again.
  [[nodiscard]] Result<ErasureStep> step();

  /// Receipts of what was finished since the last call.
  [[nodiscard]] std::vector<ErasureReceipt> take_finished();
  /// Why requests could not be read, each told once.
  [[nodiscard]] std::vector<Error> take_unreadable() { return std::exchange(unreadable_, {}); }

  /// The tombstone of a unit: 63 bits of an unkeyed hash of its pseudonym.
  [[nodiscard]] static std::int64_t mark_of(UnitId unit) noexcept;

 private:
  struct Work {
    ErasureRequest request;
    std::unordered_set<UnitId> units;
    std::int64_t scanned = 0;         // sequences up to it are done
    std::int64_t last = 0;            // sequences after it are of events that the tombstones kept out
    std::vector<std::int64_t> marks;  // of the units, ascending
    std::size_t marked = 0;           // how many of them are stored
    bool cleaned = false;
    [[nodiscard]] bool is_marked() const { return marked == marks.size(); }
  };
  [[nodiscard]] std::optional<ErasureRequest> first_readable(const std::vector<std::filesystem::path>& files);
  ErasureStep advance();
  void mark_slice();
  void enter_receipt();
  void clean_slice();
  [[nodiscard]] std::vector<std::int64_t> find_slice();
  [[nodiscard]] bool cut_log();
  void finish();
  template <typename Change>
  void in_transaction(Change change);
  [[nodiscard]] std::int64_t number(const char* sql);
  void execute(const std::string& sql);
  [[nodiscard]] std::runtime_error failure() const;

  sqlite3* const database_;
  const std::filesystem::path journal_;
  std::unordered_set<std::int64_t> marks_;
  std::optional<Work> work_;
  std::vector<ErasureReceipt> finished_;
  std::vector<Error> unreadable_;
  std::set<std::filesystem::path> complained_;
};

}  // namespace tactful
