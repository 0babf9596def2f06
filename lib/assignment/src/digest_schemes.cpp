#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include <array>
#include <cstddef>

#include "schemes.hpp"

namespace tactful {
namespace {

const std::uint8_t* bytes(std::string_view text) noexcept { return reinterpret_cast<const std::uint8_t*>(text.data()); }

template <std::size_t kSize>
std::uint64_t big_endian(const std::array<std::uint8_t, kSize>& digest) noexcept {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : digest) value = value << 8 | byte;
  return value;
}

}  // namespace

std::uint64_t sha1_60(std::string_view seed, std::string_view unit) noexcept {
  sha1_ctx context;
  sha1_init(&context);
  sha1_update(&context, seed.size(), bytes(seed));
  sha1_update(&context, 1, bytes("."));
  sha1_update(&context, unit.size(), bytes(unit));
  std::array<std::uint8_t, 8> digest{};
  sha1_digest(&context, digest.size(), digest.data());
  return big_endian(digest) >> 4;
}

std::uint64_t sha256_64(std::string_view seed, std::string_view unit) noexcept {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, seed.size(), bytes(seed));
  sha256_update(&context, 1, bytes("."));
  sha256_update(&context, unit.size(), bytes(unit));
  std::array<std::uint8_t, 8> digest{};
  sha256_digest(&context, digest.size(), digest.data());
  return big_endian(digest);
}

std::uint32_t md5_32(std::string_view seed, std::string_view unit) noexcept {
  md5_ctx context;
  md5_init(&context);
  md5_update(&context, seed.size(), bytes(seed));
  md5_update(&context, 1, bytes("-"));
  md5_update(&context, unit.size(), bytes(unit));
  std::array<std::uint8_t, 4> digest{};
  md5_digest(&context, digest.size(), digest.data());
  return static_cast<std::uint32_t>(big_endian(digest));
}

}  // namespace tactful
