#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace tactful::fuzz {

/// Takes numbers off the front of the input; zero where there is no more.
class Bytes {
 public:
  explicit Bytes(std::string_view input) : left_(input) {}
  [[nodiscard]] bool empty() const noexcept { return left_.empty(); }
  [[nodiscard]] std::uint64_t take(std::size_t bytes) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      if (left_.empty()) return value;
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(left_.front())) << (8 * i);
      left_.remove_prefix(1);
    }
    return value;
  }
  [[nodiscard]] std::string_view text(std::size_t bytes) noexcept {
    const std::string_view taken = left_.substr(0, bytes);
    left_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view left_;
};

/// Damages a large file by a small input, so that a fuzzer need not carry the file along: a list of changes, each an
/// operation (1 byte), a place (3 bytes, little-endian, modulo the size) and what it takes.
inline std::string damaged(std::string file, std::string_view input) {
  Bytes bytes(input);
  for (int changes = 0; !bytes.empty() && !file.empty() && changes < 64; ++changes) {
    const auto operation = bytes.take(1) % 5;
    const std::size_t place = bytes.take(3) % file.size();
    if (operation == 0) {  // other bytes
      const std::string_view put = bytes.text(1 + bytes.take(1) % 16);
      for (std::size_t i = 0; i < put.size() && place + i < file.size(); ++i) file[place + i] = put[i];
    } else if (operation == 1) {  // one bit
      file[place] = static_cast<char>(static_cast<unsigned char>(file[place]) ^ (1u << (bytes.take(1) % 8)));
    } else if (operation == 2) {  // cut off
      file.resize(place);
    } else if (operation == 3) {  // a run of one byte
      const auto length = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(bytes.take(2), file.size() - place));
      std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(place), length, static_cast<char>(bytes.take(1)));
    } else {  // one page over another
      constexpr std::size_t kPage = 4096;
      const std::size_t from = place / kPage * kPage, to = bytes.take(1) * kPage % file.size();
      const std::string page = file.substr(from, kPage);
      for (std::size_t i = 0; i < page.size() && to + i < file.size(); ++i) file[to + i] = page[i];
    }
  }
  return file;
}

}  // namespace tactful::fuzz
