#include "journal_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace tactful {
namespace {

// What the owner wrote; it may be empty for the moment between locking and writing.
std::string owner_of(int fd) {
  char buffer[128];
  const ssize_t size = ::pread(fd, buffer, sizeof buffer, 0);
  std::string owner(buffer, size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!owner.empty() && owner.back() == '\n') owner.pop_back();
  return owner.empty() ? "another process" : owner;
}

bool write_owner(int fd) {
  const std::string text = "process " + std::to_string(::getpid()) + " on " + host_name() + "\n";
  return ::ftruncate(fd, 0) == 0 && ::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

}  // namespace

Result<JournalLock> JournalLock::acquire(const std::filesystem::path& journal) {
  const std::filesystem::path path = journal.string() + ".lock";
  JournalLock lock(Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)));
  if (!lock.file_.is_open()) return storage_error("cannot open the journal's lock file", path, errno);
  while (::flock(lock.file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return storage_error("cannot lock the journal", path, errno);
    return Error{ErrorCode::kUnavailable, "the journal is being written by " + owner_of(lock.file_.get()),
                 journal.string(), "each process writes a journal of its own; pass the folder instead of the file"};
  }
  if (!write_owner(lock.file_.get())) return storage_error("cannot write the journal's lock file", path, errno);
  return lock;
}

std::string host_name() {
  char buffer[256] = {};
  std::string name = ::gethostname(buffer, sizeof buffer - 1) == 0 ? buffer : "";
  name.resize(std::min<std::size_t>(name.size(), 64));
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) c = '-';
  }
  return name.empty() ? "host" : name;
}

bool is_on_user_file_system(const std::filesystem::path& folder) noexcept {
  const auto kind = file_system_of(folder);
  return kind && is_user_file_system(*kind);
}

Status check_file_system(const std::filesystem::path& folder) {
  const auto kind = file_system_of(folder);
  if (!kind) return kind.error();
  const char* network = network_file_system(*kind);
  if (network == nullptr) return {};
  return Error{ErrorCode::kStorage, std::string("a journal cannot lie on a network file system (") + network + ")",
               folder.string(), "use a local disk; collect brings the events together"};
}

}  // namespace tactful
