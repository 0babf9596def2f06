#include "digest.hpp"

#include <sodium/crypto_generichash.h>
#include <sodium/utils.h>

#include <array>

namespace tactful {

std::string blake2b_hex(std::string_view text, std::size_t bytes) {
  std::array<unsigned char, crypto_generichash_BYTES_MAX> digest{};
  crypto_generichash(digest.data(), bytes, reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr,
                     0);
  std::string hex(2 * bytes + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), digest.data(), bytes);
  hex.pop_back();  // sodium writes the terminating zero
  return hex;
}

}  // namespace tactful
