#include "tactful/journal/erasure.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <set>

#include "erasure_request.hpp"
#include "folder_names.hpp"
#include "journal_claim.hpp"
#include "journal_storage.hpp"
#include "out_of_memory.hpp"
#include "tactful/core/descriptor.hpp"

namespace tactful {
namespace {

namespace fs = std::filesystem;

// SQLite keeps the application id in the file's header, at byte 68, highest byte first. What is gone, and what has
// another header, is no journal; what cannot be looked at may be one, and passing over it would be forgetting nobody
// there. A journal has its header from the moment of its name.
Result<bool> is_journal(const fs::path& file) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!descriptor.is_open() && errno == ENOENT) return false;
  if (!descriptor.is_open()) return system_error("cannot look whether the file is a journal", file, errno);
  struct stat info {};
  if (::fstat(descriptor.get(), &info) != 0) return storage_error("cannot examine the file", file, errno);
  if (!S_ISREG(info.st_mode)) return false;
  std::array<unsigned char, 72> header{};
  const ssize_t got = ::pread(descriptor.get(), header.data(), header.size(), 0);
  if (got < 0) return storage_error("cannot look whether the file is a journal", file, errno);
  if (got != static_cast<ssize_t>(header.size())) return false;
  std::int64_t id = 0;
  for (std::size_t i = 68; i < header.size(); ++i) id = id << 8 | header[i];
  return id == kJournalApplicationId;
}

std::string random_name() {
  std::array<unsigned char, 16> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, 33> hex;
  sodium_bin2hex(hex.data(), hex.size(), bytes.data(), bytes.size());
  return hex.data();
}

Status check_units(std::span<const UnitId> units) {
  if (units.empty()) return Error{ErrorCode::kInvalidArgument, "there is no unit to erase", "units", ""};
  if (units.size() > kMaxErasureUnits) {
    return Error{ErrorCode::kInvalidArgument,
                 "an erasure request takes at most " + std::to_string(kMaxErasureUnits) + " units", "units",
                 "ask in parts"};
  }
  if (std::any_of(units.begin(), units.end(), [](UnitId unit) { return unit < 1; })) {
    return Error{ErrorCode::kInvalidArgument, "a pseudonym is not between 1 and 2^63", "units",
                 "pseudonyms are what Pseudonymizer::unit() gives"};
  }
  return {};
}

// Requests lie beside the file itself, where its owner looks, whatever links lead there.
Result<fs::path> resolved(const fs::path& path) {
  std::error_code cause;
  const fs::path real = fs::canonical(path, cause);
  if (cause) return system_error("cannot find the journal", path, cause.value());
  return real;
}

Result<std::vector<fs::path>> find(const fs::path& folder_or_file) {
  const auto path = resolved(folder_or_file);
  if (!path) return path.error();
  std::error_code cause;
  std::vector<fs::path> journals;
  if (!fs::is_directory(*path, cause)) {
    const auto is_one = is_journal(*path);
    if (!is_one) return is_one.error();
    if (!*is_one) {
      return Error{ErrorCode::kNotFound, "the file is not a journal", folder_or_file.string(), ""};
    }
    journals.push_back(*path);
    return journals;
  }
  const auto names = folder_names(*path);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    const fs::path file = *path / name;
    if (file.extension() != ".db") continue;
    const auto is_one = is_journal(file);
    if (!is_one) return is_one.error();
    if (*is_one) journals.push_back(file);
  }
  std::sort(journals.begin(), journals.end());
  return journals;
}

// As which user this process may ask: the journal's owner, or root.
Status check_owners(const fs::path& folder_or_file) {
  const auto journals = find(folder_or_file);
  if (!journals) return journals.error();
  for (const fs::path& journal : *journals) {
    struct stat owner {};
    if (::stat(journal.c_str(), &owner) != 0 && errno == ENOENT) continue;
    if (::geteuid() == 0 || owner.st_uid == ::geteuid()) continue;
    return Error{ErrorCode::kRefused, "the journal belongs to another user, who could not read a request",
                 journal.string(), "ask as the user that runs the sender, or as root"};
  }
  return {};
}

Result<std::string> ask(const fs::path& folder_or_file, std::span<const UnitId> units) {
  if (Status status = check_units(units); !status.ok()) return status.error();
  if (sodium_init() < 0) return Error{ErrorCode::kUnavailable, "libsodium cannot be initialised", "", ""};
  const std::string name = random_name();
  std::set<fs::path> asked;
  // Again until there is no new one: a sender may be starting.
  while (true) {
    const auto journals = find(folder_or_file);
    if (!journals) return journals.error();
    bool any = false;
    for (const fs::path& journal : *journals) {
      if (!asked.insert(journal).second) continue;
      any = true;
      if (Status status = write_erasure_request(journal, name, units); !status.ok()) return status.error();
    }
    if (!any) return name;
  }
}

Result<std::vector<PendingErasure>> pending_of(const fs::path& folder_or_file) {
  const auto journals = find(folder_or_file);
  if (!journals) return journals.error();
  std::vector<PendingErasure> pending;
  for (const fs::path& journal : *journals) {
    const auto files = list_erasure_requests(journal);
    if (!files) return files.error();
    for (const fs::path& file : *files) {
      const auto request = read_erasure_request(file);
      if (!request && request.error().code == ErrorCode::kNotFound) continue;  // its owner has just finished it
      // One that cannot be read stays until somebody removes it: nobody can do what it asks for.
      const auto units = request ? static_cast<std::int64_t>(request->units.size()) : 0;
      pending.push_back({journal, file.stem().string(), units});
    }
  }
  return pending;
}

// Throws nothing of its own; std::bad_alloc is for the caller.
Result<ErasureOutcome> apply_under_lock(const fs::path& file, LogSink* log) {
  Dictionary dictionary;
  const auto storage = JournalStorage::open(file, std::nullopt, Durability::kFull, dictionary, {});
  if (!storage) return storage.error();
  ErasureOutcome outcome;
  while (true) {
    const auto step = (*storage)->erase();
    for (const ErasureReceipt& receipt : (*storage)->take_erased()) outcome.applied.push_back(receipt);
    if (!step) return step.error();
    for (const Error& unreadable : (*storage)->take_unreadable()) {
      if (log != nullptr) log->log(LogLevel::kError, describe(unreadable));
    }
    if (*step == ErasureStep::kIdle) break;
    if (*step == ErasureStep::kMore) {
      if (Status moved = (*storage)->checkpoint_when_due(); !moved.ok()) return moved.error();
      continue;
    }
    if (log != nullptr) log->log(LogLevel::kWarning, "a reader keeps what was erased in the log: " + file.string());
    return Error{ErrorCode::kUnavailable, "the units are erased, but a reader keeps the journal's log from being cut",
                 file.string(), "close the reader and try again; the request stays pending"};
  }
  auto left = pending_of(file);
  if (!left) return left.error();
  outcome.pending = std::move(left).value();
  return outcome;
}

Result<ErasureOutcome> apply(const fs::path& journal, LogSink* log) {
  const auto found = find(journal);
  if (!found) return found.error();
  if (found->size() != 1 || fs::is_directory(journal)) {
    return Error{ErrorCode::kNotFound, "one journal is wanted, not a folder", journal.string(), ""};
  }
  const fs::path file = found->front();
  const auto requests = list_erasure_requests(file);
  if (!requests) return requests.error();
  if (requests->empty()) return ErasureOutcome();
  const auto claim = claim_journal(file);
  if (claim) return apply_under_lock(file, log);
  if (claim.error().code != ErrorCode::kUnavailable) return claim.error();
  const auto pending = pending_of(file);
  if (!pending) return pending.error();
  return ErasureOutcome{{}, *pending};
}

// No exception leaves the floor.
template <typename Value, typename Work>
Result<Value> guarded(const fs::path& path, Work work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::exception& failure) {
    return Error{ErrorCode::kStorage, std::string("cannot erase from journals: ") + failure.what(), path.string(), ""};
  }
}

}  // namespace

Result<std::vector<fs::path>> find_journals(const fs::path& folder_or_file) {
  return guarded<std::vector<fs::path>>(folder_or_file, [&] { return find(folder_or_file); });
}

Result<std::string> request_erasure(const fs::path& folder_or_file, std::span<const UnitId> units) {
  return guarded<std::string>(folder_or_file, [&] { return ask(folder_or_file, units); });
}

Status check_erasure_owners(const fs::path& folder_or_file) {
  const auto checked = guarded<bool>(folder_or_file, [&]() -> Result<bool> {
    if (Status status = check_owners(folder_or_file); !status.ok()) return status.error();
    return true;
  });
  return checked ? Status() : Status(checked.error());
}

Result<ErasureOutcome> apply_erasures(const fs::path& journal, LogSink* log) {
  return guarded<ErasureOutcome>(journal, [&] { return apply(journal, log); });
}

Result<std::vector<PendingErasure>> pending_erasures(const fs::path& folder_or_file) {
  return guarded<std::vector<PendingErasure>>(folder_or_file, [&] { return pending_of(folder_or_file); });
}

}  // namespace tactful
