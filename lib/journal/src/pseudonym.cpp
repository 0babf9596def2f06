#include "tactful/journal/pseudonym.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <cerrno>
#include <span>

#include "tactful/core/descriptor.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/key_file.hpp"

namespace tactful {
namespace {

constexpr std::size_t kKeyBytes = 32;

// BLAKE2b under the master key over "tactful/1/<role>", a zero byte and the purpose: roles and purposes cannot collide,
// since neither holds a zero byte.
template <std::size_t Bytes>
std::array<unsigned char, Bytes> derive(const std::array<unsigned char, kKeyBytes>& master, std::string_view role,
                                        std::string_view purpose) {
  std::string context = "tactful/1/";
  context.append(role).push_back('\0');
  context.append(purpose);
  std::array<unsigned char, Bytes> key{};
  crypto_generichash(key.data(), key.size(), reinterpret_cast<const unsigned char*>(context.data()), context.size(),
                     master.data(), master.size());
  return key;
}

std::int64_t pseudonym(const std::array<unsigned char, crypto_shorthash_KEYBYTES>& key, std::string_view raw) noexcept {
  std::array<unsigned char, crypto_shorthash_BYTES> hash;  // SipHash-2-4
  crypto_shorthash(hash.data(), reinterpret_cast<const unsigned char*>(raw.data()), raw.size(), key.data());
  std::uint64_t word = 0;  // little-endian on every machine
  for (std::size_t i = hash.size(); i-- > 0;) word = (word << 8) | hash[i];
  const auto id = static_cast<std::int64_t>(word & 0x7fff'ffff'ffff'ffffULL);
  return id == 0 ? 1 : id;
}

bool write_key(int fd, std::span<const unsigned char> key) {
  while (!key.empty()) {
    const ssize_t written = ::write(fd, key.data(), key.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    key = key.subspan(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0;
}

}  // namespace

Result<Pseudonymizer> Pseudonymizer::from_key(const std::array<unsigned char, 32>& master, std::string_view purpose) {
  if (Status status = check_key(purpose, "purpose"); !status.ok()) return status.error();
  if (sodium_init() < 0) {
    return Error{ErrorCode::kUnavailable, "libsodium cannot be initialised", "", "no source of randomness was found"};
  }
  Pseudonymizer result;
  result.unit_key_ = derive<crypto_shorthash_KEYBYTES>(master, "unit", purpose);
  result.cluster_key_ = derive<crypto_shorthash_KEYBYTES>(master, "cluster", purpose);
  result.ticket_key_ = derive<crypto_shorthash_KEYBYTES>(master, "ticket", purpose);
  result.assignee_key_ = derive<crypto_shorthash_KEYBYTES>(master, "assignee", purpose);
  result.event_key_ = derive<crypto_shorthash_KEYBYTES>(master, "event", purpose);
  auto name = derive<32>(master, "key-id", purpose);
  char hex[17];
  sodium_bin2hex(hex, sizeof hex, name.data(), 8);
  sodium_memzero(name.data(), name.size());
  result.key_id_ = hex;
  result.purpose_ = purpose;
  return result;
}

Result<Pseudonymizer> Pseudonymizer::from_key_file(const std::filesystem::path& path, std::string_view purpose) {
  const auto master = MasterKey::read(path);
  if (!master) return master.error();
  return from_key(master->bytes(), purpose);
}

Status Pseudonymizer::create_key_file(const std::filesystem::path& path) {
  if (sodium_init() < 0) {
    return Error{ErrorCode::kUnavailable, "libsodium cannot be initialised", "", "no source of randomness was found"};
  }
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.is_open()) {
    if (errno == EEXIST) {
      return Error{ErrorCode::kConflict, "the key file exists already and is never overwritten", path.string(),
                   "a new key makes everything stored under the old one unreachable; choose another name"};
    }
    return storage_error("cannot create the key file", path, errno);
  }
  std::array<unsigned char, kKeyBytes> master{};
  randombytes_buf(master.data(), master.size());
  const bool written = write_key(file.get(), master);
  const int cause = errno;
  sodium_memzero(master.data(), master.size());
  if (!written) {
    ::unlink(path.c_str());
    return storage_error("cannot write the key file", path, cause);
  }
  // The name must be durable too: data under a lost key cannot be joined to anybody again.
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  return sync_folder(folder);
}

Pseudonymizer::~Pseudonymizer() {
  for (auto* key : {&unit_key_, &cluster_key_, &ticket_key_, &assignee_key_, &event_key_}) {
    sodium_memzero(key->data(), key->size());
  }
}

UnitId Pseudonymizer::unit(std::string_view raw) const noexcept { return pseudonym(unit_key_, raw); }
UnitId Pseudonymizer::cluster(std::string_view raw) const noexcept { return pseudonym(cluster_key_, raw); }
UnitId Pseudonymizer::ticket(std::string_view raw) const noexcept { return pseudonym(ticket_key_, raw); }
UnitId Pseudonymizer::assignee(std::string_view raw) const noexcept { return pseudonym(assignee_key_, raw); }
std::int64_t Pseudonymizer::event(std::string_view raw) const noexcept { return pseudonym(event_key_, raw); }

}  // namespace tactful
