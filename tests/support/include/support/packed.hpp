#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

/// Packed data for tests that read it. Whoever includes this links ZLIB::ZLIB.
namespace tactful::test {

/// The first file of a zip archive (stored or deflated), with sizes taken from the central directory.
inline std::string unzip_first(std::string_view zip) {
  const auto number = [&zip](std::size_t at, int bytes) {
    std::uint32_t value = 0;
    for (int i = bytes - 1; i >= 0; --i)
      value = (value << 8) | static_cast<unsigned char>(zip.at(at + static_cast<std::size_t>(i)));
    return value;
  };
  const std::size_t entry = zip.rfind("PK\x01\x02", zip.rfind("PK\x05\x06"));
  const std::size_t first = number(zip.rfind("PK\x05\x06") + 16, 4);
  if (entry == std::string_view::npos) throw std::runtime_error("no zip archive");
  const std::size_t packed = number(first + 20, 4);
  const std::size_t size = number(first + 24, 4);
  const std::size_t local = number(first + 42, 4);
  const std::size_t data = local + 30 + number(local + 26, 2) + number(local + 28, 2);
  if (number(first + 10, 2) == 0) return std::string(zip.substr(data, size));
  std::string out(size, '\0');
  std::string in(zip.substr(data, packed));
  z_stream stream{};
  if (inflateInit2(&stream, -15) != Z_OK) throw std::runtime_error("inflateInit2");
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (code != Z_STREAM_END) throw std::runtime_error("inflate");
  return out;
}

/// The text as a gzip archive of one member.
inline std::string gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
  std::string input(text);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int code = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) throw std::runtime_error("deflate");
  return packed;
}

}  // namespace tactful::test
