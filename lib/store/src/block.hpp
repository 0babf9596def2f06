#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tactful::store_detail {

static_assert(std::endian::native == std::endian::little,
              "blocks are read by memcpy, which is little-endian as stored");

/// A column block (docs/spec/store.md): width, base, then rows * width bytes of unsigned differences to the base.
inline constexpr std::size_t kBlockHeader = 16;

[[nodiscard]] std::string encode_block(std::span<const std::int64_t> values);

/// Whether the block is well formed for so many rows.
[[nodiscard]] bool is_block(std::string_view block, std::size_t rows) noexcept;

[[nodiscard]] std::uint64_t block_checksum(std::string_view block, std::int64_t segment, int column,
                                           std::int32_t name) noexcept;

namespace block_detail {

template <typename T>
[[nodiscard]] T from_bits(std::uint64_t bits) noexcept {
  if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<double>(bits);
  } else {
    return static_cast<T>(bits);
  }
}

template <typename T, typename Width>
void widen(const char* data, std::uint64_t base, std::size_t rows, T* out) noexcept {
  for (std::size_t row = 0; row < rows; ++row) {
    Width difference;
    std::memcpy(&difference, data + row * sizeof(Width), sizeof(Width));
    out[row] = from_bits<T>(base + difference);
  }
}

}  // namespace block_detail

/// Decodes a block for which is_block() holds.
template <typename T>
void decode_block(std::string_view block, std::size_t rows, std::vector<T>& out) {
  using namespace block_detail;
  out.resize(rows);
  std::uint64_t base = 0;
  std::memcpy(&base, block.data() + 8, 8);
  const char* data = block.data() + kBlockHeader;
  switch (block[0]) {
    case 1:
      return widen<T, std::uint8_t>(data, base, rows, out.data());
    case 2:
      return widen<T, std::uint16_t>(data, base, rows, out.data());
    case 4:
      return widen<T, std::uint32_t>(data, base, rows, out.data());
    case 8:
      return widen<T, std::uint64_t>(data, base, rows, out.data());
    default:
      std::fill(out.begin(), out.end(), from_bits<T>(base));
  }
}

}  // namespace tactful::store_detail
