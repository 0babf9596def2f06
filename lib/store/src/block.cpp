#include "block.hpp"

#include <xxhash.h>

namespace tactful::store_detail {
namespace {

template <typename Width>
void narrow(std::span<const std::int64_t> values, std::uint64_t base, char* out) noexcept {
  for (std::size_t row = 0; row < values.size(); ++row) {
    const auto difference = static_cast<Width>(static_cast<std::uint64_t>(values[row]) - base);
    std::memcpy(out + row * sizeof(Width), &difference, sizeof(Width));
  }
}

}  // namespace

std::string encode_block(std::span<const std::int64_t> values) {
  std::int64_t low = values.empty() ? 0 : values[0];
  std::int64_t high = low;
  for (const std::int64_t value : values) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  const auto base = static_cast<std::uint64_t>(low);
  const std::uint64_t range = static_cast<std::uint64_t>(high) - base;
  const std::size_t width = range == 0 ? 0 : range <= 0xff ? 1 : range <= 0xffff ? 2 : range <= 0xffffffff ? 4 : 8;
  std::string block(kBlockHeader + width * values.size(), '\0');
  block[0] = static_cast<char>(width);
  std::memcpy(block.data() + 8, &base, 8);
  char* data = block.data() + kBlockHeader;
  if (width == 1) narrow<std::uint8_t>(values, base, data);
  if (width == 2) narrow<std::uint16_t>(values, base, data);
  if (width == 4) narrow<std::uint32_t>(values, base, data);
  if (width == 8) narrow<std::uint64_t>(values, base, data);
  return block;
}

bool is_block(std::string_view block, std::size_t rows) noexcept {
  if (block.size() < kBlockHeader) return false;
  const auto width = static_cast<std::size_t>(static_cast<unsigned char>(block[0]));
  const bool known = width == 0 || width == 1 || width == 2 || width == 4 || width == 8;
  return known && block.size() == kBlockHeader + width * rows;
}

std::uint64_t block_checksum(std::string_view block, std::int64_t segment, int column, std::int32_t name) noexcept {
  const std::uint64_t seed = static_cast<std::uint64_t>(segment) ^ (static_cast<std::uint64_t>(name) << 32) ^
                             (static_cast<std::uint64_t>(column) << 56);
  return XXH3_64bits_withSeed(block.data(), block.size(), seed);
}

}  // namespace tactful::store_detail
