#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "inputs.hpp"
#include "tactful/contact/contact_state.hpp"
#include "tactful/journal/erasure.hpp"

/// The places other than the store from which `forget` removes customers.
namespace tactful::tools {

/// What the journals held.
struct InJournals {
  std::int64_t journals = 0;
  std::int64_t events = 0;              ///< Erased; in a dry run: found.
  std::vector<PendingErasure> pending;  ///< Left to live owners.
};

/// What the contact state held.
struct InContact {
  std::int64_t customers = 0;  ///< Of whom something was or would be removed.
  std::int64_t rows = 0;       ///< Removed; in a dry run: those that would be.
};

/// Counts, for a dry run. Errors: those of JournalReader.
[[nodiscard]] Result<InJournals> count_in_journals(const std::vector<std::filesystem::path>& journals,
                                                   std::vector<UnitId> units);

/// Asks each journal of --journals and waits for its owner as long as `patience`; does it where there is none. Listed
/// again after the last request until nothing new appears: a sender may be starting, and its journal may hold events
/// from before the store's tombstones reached anybody.
[[nodiscard]] Result<InJournals> forget_in_journals(const Arguments& arguments, const std::string& key_id,
                                                    const std::vector<UnitId>& units, std::chrono::seconds patience,
                                                    LogSink* log);

/// The contact state with --contact-key, else the store's key. Errors: those of ContactState::open().
[[nodiscard]] Result<std::unique_ptr<ContactState>> open_contacts(const Arguments& arguments,
                                                                  const std::filesystem::path& file, bool read_only,
                                                                  LogSink* log);

/// Removes the customers' rows, or counts those that would go. Errors: those of ContactState.
[[nodiscard]] Result<InContact> forget_contacts(ContactState& state, const std::vector<std::string>& ids,
                                                bool keep_objections, bool dry_run);

}  // namespace tactful::tools
