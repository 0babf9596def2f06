#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "tactful/core/log.hpp"
#include "tactful/core/result.hpp"
#include "tactful/journal/pseudonym.hpp"

namespace tactful {

// Erasing units from journals. A journal has one writer, so erasure is a request that its owner applies: a live owner's
// writer thread finds it at its next commit, and within about a second when nothing is recorded; a journal whose owner
// is gone is erased by whoever takes its lock (apply_erasures()), or by its next owner.
//
// Applying a request, in this order, each step durable before the next:
//   1. the units get tombstones: what is recorded of them from now on is not stored (kRefused, counted as withheld);
//   2. their events become hulls that keep nothing but their sequence, so that sequences have no gaps, are never given
//      twice, and a collector's watermark stays right; JournalReader::read() passes over hulls;
//   3. the write-ahead log is moved into the database and cut to nothing: SQLite overwrites what it frees
//      (secure_delete), so no byte of the events is left in the files;
//   4. the request is overwritten and removed.
// A kill anywhere leaves the request, and applying it again has the same result: each event is counted once. What the
// file system keeps of overwritten or freed blocks, snapshots and backups is out of reach.
// Neither requests nor journals name a person: both hold pseudonyms, and a tombstone is a one-way hash of one.

/// What became of one request in one journal.
struct ErasureReceipt {
  std::string request;      ///< 32 hex digits, as request_erasure() gave it.
  std::int64_t units = 0;   ///< Units asked for, each once.
  std::int64_t events = 0;  ///< Events erased for this request. Those erased for an earlier one are not counted again.
  bool finished = false;  ///< False while the owner is at it. The bytes are gone when the request is no longer pending.
  bool operator==(const ErasureReceipt&) const = default;
};

/// A request that no owner has finished yet.
struct PendingErasure {
  std::filesystem::path journal;
  std::string request;
  std::int64_t units = 0;
  bool operator==(const PendingErasure&) const = default;
};

/// The journals of a folder: its `.db` files that are journals by their header, sorted by name; or the one file given.
/// Passed over are only what is gone and what has another header; a file that cannot be opened or read may be a
/// journal, and is an error. Looking at a header opens and closes the file, which drops the POSIX locks that this
/// process has on it: a process that itself holds a journal of the folder open through SQLite (a sender) leaves this,
/// and what is built on it here, to another process, or closes its journal first. Errors: kNotFound, kStorage.
[[nodiscard]] Result<std::vector<std::filesystem::path>> find_journals(const std::filesystem::path& folder_or_file);

/// Units of one request: an owner reads one between two of its commits, which keeps what is recorded waiting.
inline constexpr std::size_t kMaxErasureUnits = 100'000;

/// Asks the owner of each journal of the folder (or of the one journal given) to erase the units, and returns the
/// request's name; the same name in every journal. Each request is a file of mode 0600 in `<journal>.erasures/`, owned
/// by the journal's owner, complete and durable before it gets its name. It changes nothing by itself. Asking twice is
/// two requests. Errors: kInvalidArgument for a pseudonym outside [1, 2^63), none at all, or more than kMaxErasureUnits; kNotFound; kRefused when
/// the journal belongs to another user and this process may not give the file to that one; kStorage. After an error
/// some journals may have got the request already; asking again is safe.
[[nodiscard]] Result<std::string> request_erasure(const std::filesystem::path& folder_or_file,
                                                  std::span<const UnitId> units);

/// Whether this process may ask the owners of a folder's journals (or of one journal), told before anything is changed.
/// Errors: kNotFound, kStorage; kRefused for a journal of another user, unless this is root.
[[nodiscard]] Status check_erasure_owners(const std::filesystem::path& folder_or_file);

/// What apply_erasures() found and did.
struct ErasureOutcome {
  std::vector<ErasureReceipt> applied;  ///< Requests that are finished now, whoever asked.
  std::vector<PendingErasure> pending;  ///< Left to a live owner, with nothing done; or not to be read.
};

/// Applies what is pending in one journal, if its owner is gone: takes its lock, or leaves it to the owner who holds
/// it. Neither the key nor the purpose is needed. A journal of an older version is migrated first. Errors: kNotFound,
/// kStorage, kUnsupportedVersion for a newer file; kUnavailable when a reader keeps the log from being cut (nothing is
/// wrong then: the request stays pending, try again).
[[nodiscard]] Result<ErasureOutcome> apply_erasures(const std::filesystem::path& journal, LogSink* log = nullptr);

/// The requests of a folder's journals (or of one journal) that are not finished, sorted by journal and name.
/// One that cannot be read is pending with 0 units: owners complain of it once and pass over it, and it stays until
/// somebody removes it. Errors: kNotFound, kStorage.
[[nodiscard]] Result<std::vector<PendingErasure>> pending_erasures(const std::filesystem::path& folder_or_file);

}  // namespace tactful
