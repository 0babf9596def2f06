#include "tactful/core/text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <vector>

namespace tactful {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

struct CodePoint {
  utf8proc_int32_t value = -1;  // -1: an invalid byte
  std::size_t bytes = 1;
};

CodePoint next_code_point(std::string_view text) noexcept {
  utf8proc_int32_t value = -1;
  const auto* data = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const utf8proc_ssize_t bytes = utf8proc_iterate(data, static_cast<utf8proc_ssize_t>(text.size()), &value);
  if (bytes <= 0) return {};
  return {value, static_cast<std::size_t>(bytes)};
}

struct Cluster {
  std::size_t bytes = 0;
  std::size_t columns = 0;
};

// One grapheme cluster: as wide as its widest code point, so that a family emoji counts 2 and not 6.
Cluster next_cluster(std::string_view text) noexcept {
  Cluster cluster;
  utf8proc_int32_t previous = -1;
  utf8proc_int32_t state = 0;
  while (cluster.bytes < text.size()) {
    const CodePoint point = next_code_point(text.substr(cluster.bytes));
    if (cluster.bytes > 0 &&
        (point.value < 0 || previous < 0 || utf8proc_grapheme_break_stateful(previous, point.value, &state))) {
      break;
    }
    const int width = point.value < 0 ? 1 : utf8proc_charwidth(point.value);
    cluster.columns = std::max(cluster.columns, static_cast<std::size_t>(std::max(width, 0)));
    cluster.bytes += point.bytes;
    previous = point.value;
  }
  return cluster;
}

bool is_bidi_control(utf8proc_int32_t c) noexcept {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x061C;
}

}  // namespace

std::optional<std::size_t> find_invalid_utf8(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const CodePoint point = next_code_point(text.substr(at));
    if (point.value < 0) return at;
    at += point.bytes;
  }
  return std::nullopt;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Cluster cluster = next_cluster(text);
    columns += cluster.columns;
    text.remove_prefix(cluster.bytes);
  }
  return columns;
}

std::string truncate_to_width(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t used = 0;
  std::size_t bytes = 0;
  while (true) {
    const Cluster cluster = next_cluster(text.substr(bytes));
    if (used + cluster.columns > columns - 1) break;
    used += cluster.columns;
    bytes += cluster.bytes;
  }
  return std::string(text.substr(0, bytes)) + std::string(kEllipsis);
}

std::string pad_right(std::string_view text, std::size_t columns) {
  const std::size_t width = display_width(text);
  std::string padded(text);
  if (width < columns) padded.append(columns - width, ' ');
  return padded;
}

std::string pad_left(std::string_view text, std::size_t columns) {
  const std::size_t width = display_width(text);
  std::string padded(width < columns ? columns - width : 0, ' ');
  padded += text;
  return padded;
}

std::string printable(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = next_code_point(text);
    if (point.value == '\n' || point.value == '\t') {
      clean += ' ';
    } else if (point.value < 0x20 || (point.value >= 0x7F && point.value < 0xA0) || is_bidi_control(point.value)) {
      clean += kReplacement;
    } else {
      clean += text.substr(0, point.bytes);
    }
    text.remove_prefix(point.bytes);
  }
  return clean;
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kBlank = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Names of files that people wrote are short; one of megabytes is there to be slow.
  constexpr std::size_t kMostSteps = std::size_t{1} << 20;
  if (!b.empty() && a.size() > kMostSteps / b.size()) return std::max(a.size(), b.size());
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace tactful
