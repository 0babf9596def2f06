#include "tactful/experiment/ledger.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "digest.hpp"
#include "ledger_line.hpp"
#include "tactful/core/file.hpp"
#include "tactful/core/key.hpp"

namespace tactful {
namespace {

Error storage_error(std::string_view what, const std::filesystem::path& path) {
  return {ErrorCode::kStorage, std::string(what) + ": " + std::generic_category().message(errno), path.string(), ""};
}

// An open file, closed (and with it unlocked) on every way out.
class LockedFile {
 public:
  explicit LockedFile(int fd) : fd_(fd) {}
  ~LockedFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool lock(int how) const {
    while (::flock(fd_, how) != 0) {
      if (errno != EINTR) return false;
    }
    return true;
  }

 private:
  int fd_;
};

Status write_all(int fd, std::string_view text, const std::filesystem::path& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return storage_error("cannot append to the ledger", path);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status sync_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const LockedFile directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) return storage_error("cannot sync the folder", folder);
  return {};
}

Error bad_argument(std::string where, std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message), std::move(where), ""};
}

Status check_entry(const LedgerEntry& entry) {
  if (const Status key = check_key(entry.experiment, "experiment"); !key) return key;
  if (!is_label(entry.by)) return bad_argument("by", "an entry says who made it, as a label of 1 to 100 bytes");
  if (!entry.role.empty() && !is_label(entry.role))
    return bad_argument("role", "a role is a label of 1 to 100 bytes, or empty");
  if (entry.fingerprint.size() != 32 || entry.fingerprint.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return bad_argument("fingerprint", "the fingerprint is not 32 lower-case hex digits");
  }
  if (!entry.body.is_object()) return bad_argument("body", "the body is no JSON object");
  return {};
}

// Numbers, chains and hashes the entry, and proves that what will be written reads back as it is.
Result<LedgerEntry> seal(LedgerEntry entry, const std::vector<LedgerEntry>& before) {
  entry.sequence = static_cast<std::int64_t>(before.size()) + 1;
  entry.previous = before.empty() ? no_hash() : before.back().hash;
  entry.hash = hash_of(entry);
  auto sealed = verify_line(to_line(entry), entry.sequence, entry.previous);
  if (sealed && *sealed == entry) return sealed;
  return bad_argument("body",
                      "the entry does not survive being written as JSON (text that is not UTF-8, a number that is "
                      "not finite, or a time outside the years 0 to 9999)");
}

}  // namespace

std::string ledger_digest(std::string_view bytes) { return blake2b_hex(bytes, 32); }

std::filesystem::path Ledger::path_of(const std::filesystem::path& folder, std::string_view key) {
  return folder / (std::string(key) + ".ledger.jsonl");
}

Result<Ledger> Ledger::read(const std::filesystem::path& path) {
  auto text = read_file(path);
  if (!text && text.error().code == ErrorCode::kNotFound) return Ledger{};
  if (!text) return text.error();
  auto verified = verify_text(*text, path);
  if (!verified) {
    // It may have been read while an append replaced a torn tail; under the lock nobody appends.
    const LockedFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0 || !file.lock(LOCK_SH)) return storage_error("cannot lock the ledger", path);
    text = read_file(path);
    if (!text) return text.error();
    verified = verify_text(*text, path);
  }
  if (!verified) return verified.error();
  Ledger ledger;
  ledger.entries_ = std::move(verified->entries);
  ledger.torn_bytes_ = verified->torn_bytes;
  return ledger;
}

Result<LedgerEntry> Ledger::append(const std::filesystem::path& path, LedgerEntry entry,
                                   std::optional<std::string_view> expected_head) {
  if (const Status checked = check_entry(entry); !checked) return checked.error();
  const LockedFile file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (file.get() < 0) return storage_error("cannot open the ledger", path);
  if (!file.lock(LOCK_EX)) return storage_error("cannot lock the ledger", path);
  const auto text = read_file(path);
  if (!text) return text.error();
  const auto verified = verify_text(*text, path);
  if (!verified) return verified.error();
  const std::vector<LedgerEntry>& before = verified->entries;
  const std::string head = before.empty() ? no_hash() : before.back().hash;
  if (expected_head && *expected_head != head) {
    return Error{ErrorCode::kConflict, "the ledger has gone on since it was read", path.string(),
                 "read it again and decide anew"};
  }
  if (!before.empty() && before.front().experiment != entry.experiment) {
    return Error{ErrorCode::kConflict, "the ledger belongs to the experiment \"" + before.front().experiment + "\"",
                 path.string(), ""};
  }
  auto sealed = seal(std::move(entry), before);
  if (!sealed) return sealed.error();
  const auto whole = static_cast<off_t>(verified->whole_bytes);
  if (verified->torn_bytes > 0 && ::ftruncate(file.get(), whole) != 0)
    return storage_error("cannot cut the torn tail", path);
  const std::string line = (verified->ends_with_newline ? "" : "\n") + to_line(*sealed) + "\n";
  if (const Status written = write_all(file.get(), line, path); !written) {
    (void)!::ftruncate(file.get(), whole);  // a best effort; what stays is a torn tail, which readers pass over
    return written.error();
  }
  if (::fsync(file.get()) != 0) return storage_error("cannot sync the ledger", path);
  // The name must be durable too. Whoever created the file may have died before this, so every append sees to it.
  if (const Status synced = sync_folder_of(path); !synced) return synced.error();
  return sealed;
}

std::string Ledger::head() const { return entries_.empty() ? no_hash() : entries_.back().hash; }

}  // namespace tactful
