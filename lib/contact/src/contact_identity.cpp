#include "tactful/contact/contact_identity.hpp"

#include <sodium.h>

#include "tactful/core/key_file.hpp"

namespace tactful {
namespace {

// BLAKE2b under the master key over "tactful/contact/1/<role>": no other purpose has such a context.
template <std::size_t Bytes>
std::array<unsigned char, Bytes> derive(const std::array<unsigned char, MasterKey::kBytes>& master,
                                        std::string_view role) {
  const std::string context = "tactful/contact/1/" + std::string(role);
  std::array<unsigned char, Bytes> key{};
  crypto_generichash(key.data(), key.size(), reinterpret_cast<const unsigned char*>(context.data()), context.size(),
                     master.data(), master.size());
  return key;
}

ContactId pseudonym(const std::array<unsigned char, 32>& key, std::string_view raw) noexcept {
  ContactId id;
  crypto_generichash(id.bytes.data(), id.bytes.size(), reinterpret_cast<const unsigned char*>(raw.data()), raw.size(),
                     key.data(), key.size());
  return id;
}

std::optional<unsigned> digit(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

}  // namespace

std::string ContactId::hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::optional<ContactId> ContactId::from_hex(std::string_view text) noexcept {
  ContactId id;
  if (text.size() != id.bytes.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    const auto high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    id.bytes[i] = static_cast<unsigned char>(*high << 4 | *low);
  }
  return id;
}

Result<ContactPseudonymizer> ContactPseudonymizer::from_key_file(const std::filesystem::path& path) {
  const auto master = MasterKey::read(path);
  if (!master) return master.error();
  return from_key(master->bytes());
}

Result<ContactPseudonymizer> ContactPseudonymizer::from_key(const std::array<unsigned char, 32>& master) {
  if (sodium_init() < 0) {
    return Error{ErrorCode::kUnavailable, "libsodium cannot be initialised", "", "no source of randomness was found"};
  }
  ContactPseudonymizer result;
  result.unit_key_ = derive<32>(master, "unit");
  result.ticket_key_ = derive<32>(master, "ticket");
  result.event_key_ = derive<32>(master, "event");
  auto name = derive<16>(master, "key-id");
  result.key_id_ = ContactId{name}.hex().substr(0, 16);
  sodium_memzero(name.data(), name.size());
  return result;
}

ContactPseudonymizer::~ContactPseudonymizer() {
  sodium_memzero(unit_key_.data(), unit_key_.size());
  sodium_memzero(ticket_key_.data(), ticket_key_.size());
  sodium_memzero(event_key_.data(), event_key_.size());
}

ContactId ContactPseudonymizer::unit(std::string_view raw) const noexcept { return pseudonym(unit_key_, raw); }
ContactId ContactPseudonymizer::ticket(std::string_view raw) const noexcept { return pseudonym(ticket_key_, raw); }
ContactId ContactPseudonymizer::event(std::string_view raw) const noexcept { return pseudonym(event_key_, raw); }

}  // namespace tactful
