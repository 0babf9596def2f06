#include "web_address.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <string>

#include "fold_points.hpp"
#include "utf8.hpp"

namespace tactful::wording_impl {
namespace {

using View = std::u32string_view;

// By themselves after a name these make a link. Left out: those that a sentence without a blank after its full stop or
// a firm's name would hold (me, to, in, is, it, at, so, no, be, ltd, group, name, work).
constexpr std::array<View, 54> kDomains{
    U"com",  U"net",  U"org",  U"info",  U"biz",     U"gov",   U"edu",  U"int",    U"cn",   U"hk",  U"tw",
    U"mo",   U"sg",   U"jp",   U"kr",    U"uk",      U"eu",    U"fr",   U"ru",     U"io",   U"co",  U"cc",
    U"tv",   U"tk",   U"ml",   U"ga",    U"gq",      U"pw",    U"ws",   U"ly",     U"gl",   U"app", U"dev",
    U"xyz",  U"top",  U"vip",  U"club",  U"shop",    U"store", U"site", U"online", U"link", U"icu", U"click",
    U"mobi", U"asia", U"tech", U"cloud", U"website", U"中国",  U"公司", U"网络",   U"网址", U"商城"};

bool is_small_letter(char32_t c) noexcept { return c >= U'a' && c <= U'z'; }
bool is_digit(char32_t c) noexcept { return c >= U'0' && c <= U'9'; }

bool is_other_letter(char32_t c) noexcept {
  if (c < 0x80) return false;
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool is_ascii_host(char32_t c) noexcept { return is_small_letter(c) || is_digit(c) || c == U'-'; }
bool is_host(char32_t c) noexcept { return is_ascii_host(c) || is_other_letter(c); }

// The part after a full stop: in one script, since a link ends where Chinese text goes on without a blank.
View part_at(View text, std::size_t begin) {
  const auto belongs = begin < text.size() && is_ascii_host(text[begin]) ? is_ascii_host : is_other_letter;
  std::size_t end = begin;
  while (end < text.size() && belongs(text[end])) ++end;
  return text.substr(begin, end - begin);
}

bool is_domain(View part) {
  if (part.starts_with(U"xn--")) return true;
  return part.size() >= 2 &&
         std::none_of(part.begin(), part.end(), [](char32_t c) { return is_digit(c) || c == U'-'; });
}

// What makes an address of the name before: a path, a query, a fragment, a port.
bool goes_on(View rest) {
  if (rest.starts_with(U'.')) rest.remove_prefix(1);
  if (rest.starts_with(U'/')) return true;
  if (rest.size() < 2) return false;
  if (rest.front() == U':') return is_digit(rest[1]);
  return (rest.front() == U'?' || rest.front() == U'#') && is_host(rest[1]);
}

// Digits, three times with a full stop behind, end right before `dot`.
bool ends_in_three_numbers(View before) {
  for (int part = 0; part < 3; ++part) {
    std::size_t digits = 0;
    while (digits < before.size() && digits < 3 && is_digit(before[before.size() - 1 - digits])) ++digits;
    if (digits == 0) return false;
    before.remove_suffix(digits);
    if (part == 2) return before.empty() || !is_host(before.back());
    if (before.empty() || before.back() != U'.') return false;
    before.remove_suffix(1);
  }
  return false;
}

// The whole name that ends before `dot` comes after an @.
bool is_mail(View before) {
  while (!before.empty() && (is_host(before.back()) || before.back() == U'.')) before.remove_suffix(1);
  return before.size() >= 2 && before.back() == U'@' && is_host(before[before.size() - 2]);
}

// An ideographic full stop is one of a name's where no sentence ends: between Latin letters.
bool is_dot(View text, std::size_t at) noexcept {
  if (text[at] == U'.') return true;
  return text[at] == U'\u3002' && at > 0 && at + 1 < text.size() && is_ascii_host(text[at - 1]) &&
         is_ascii_host(text[at + 1]);
}

bool is_address_at(View text, std::size_t dot) {
  const View before = text.substr(0, dot);
  const View part = part_at(text, dot + 1);
  if (before.empty() || !is_host(before.back()) || part.empty()) return false;
  const View rest = text.substr(dot + 1 + part.size());
  if (before.ends_with(U"www")) return true;
  if (std::all_of(part.begin(), part.end(), is_digit)) return goes_on(rest) && ends_in_three_numbers(before);
  if (is_domain(part) && goes_on(rest)) return true;
  const bool known = part.starts_with(U"xn--") || std::find(kDomains.begin(), kDomains.end(), part) != kDomains.end();
  return known && !is_mail(before);
}

// Names, numbers and Chinese words, as most values are: nothing in them can become a full stop or a colon, without
// which there is no address. Unified ideographs fold to ideographs.
bool is_plain(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const auto point = next_code_point(text, at);
    const bool is_ascii = point.code < 0x80 && point.code != U'.' && point.code != U':';
    const bool is_ideograph = point.code >= 0x4E00 && point.code <= 0x9FFF;
    if (!point.valid || !(is_ascii || is_ideograph)) return false;
    at += point.bytes;
  }
  return true;
}

}  // namespace

bool holds_web_address(std::string_view text) {
  if (is_plain(text)) return false;
  std::u32string folded = fold_points(text);
  if (folded.find(U"://") != std::u32string::npos) return true;
  for (std::size_t at = 0; at < folded.size(); ++at) {
    if (is_dot(folded, at)) folded[at] = U'.';
  }
  for (std::size_t dot = folded.find(U'.'); dot != std::u32string::npos; dot = folded.find(U'.', dot + 1)) {
    if (is_address_at(folded, dot)) return true;
  }
  return false;
}

}  // namespace tactful::wording_impl
