#include "version.hpp"

#include <algorithm>
#include <cstddef>

namespace tactful {
namespace {

constexpr std::size_t kNumberWidth = 5;
constexpr int kEnd = -1;

// The characters of the padded form, one by one.
class PaddedVersion {
 public:
  explicit PaddedVersion(std::string_view text) noexcept {
    if (text.empty()) text = "0";
    if (text.front() == 'v') text.remove_prefix(1);
    rest_ = text.substr(0, text.find('+'));
    const auto separators = std::count_if(rest_.begin(), rest_.end(), [](char c) { return c == '.' || c == '-'; });
    is_release_ = separators == 2;
    start_part();
  }

  [[nodiscard]] int next() noexcept {
    if (blanks_ > 0) {
      --blanks_;
      return ' ';
    }
    if (!part_.empty()) {
      const char c = part_.front();
      part_.remove_prefix(1);
      return static_cast<unsigned char>(c);
    }
    if (has_more_) {
      start_part();
      return '-';
    }
    if (!is_release_) return kEnd;
    is_release_ = false;
    part_ = "~";
    return '-';
  }

 private:
  void start_part() noexcept {
    const std::size_t end = rest_.find_first_of(".-");
    has_more_ = end != std::string_view::npos;
    part_ = rest_.substr(0, end);
    if (has_more_) rest_.remove_prefix(end + 1);
    const bool is_number = !part_.empty() && part_.find_first_not_of("0123456789") == std::string_view::npos;
    blanks_ = is_number && part_.size() < kNumberWidth ? kNumberWidth - part_.size() : 0;
  }

  std::string_view rest_;
  std::string_view part_;
  std::size_t blanks_ = 0;
  bool has_more_ = false;
  bool is_release_ = false;
};

}  // namespace

std::strong_ordering compare_versions(std::string_view a, std::string_view b) noexcept {
  PaddedVersion left(a);
  PaddedVersion right(b);
  while (true) {
    const int x = left.next();
    const int y = right.next();
    if (x != y) return x <=> y;
    if (x == kEnd) return std::strong_ordering::equal;
  }
}

}  // namespace tactful
