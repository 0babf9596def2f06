#include "reader.hpp"

#include <sodium/crypto_generichash.h>

#include <algorithm>
#include <array>

#include "tactful/core/json_words.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful::wording_impl {
namespace {

const Json& no_members() {
  static const Json empty = Json::object();
  return empty;
}

}  // namespace

void Report::error(std::string rule, std::string pointer, std::string message, std::string hint) {
  list_.add({Severity::kError, std::move(rule), std::move(pointer), std::move(message), std::move(hint)});
}

void Report::warning(std::string rule, std::string pointer, std::string message, std::string hint) {
  list_.add({Severity::kWarning, std::move(rule), std::move(pointer), std::move(message), std::move(hint)});
}

// Not one literal + string: g++ 12 warns of that at -O3 (a false -Wrestrict).
std::string quoted(std::string_view text) {
  std::string quote(1, '"');
  quote.append(truncate_to_width(printable(text), 60)).push_back('"');
  return quote;
}

std::string join(std::span<const std::string_view> words) {
  std::string line;
  for (const std::string_view word : words) line.append(line.empty() ? "" : ", ").append(word);
  return line;
}

Members::Members(const Json& value, std::string pointer, Report& report)
    : value_(&value), pointer_(std::move(pointer)), report_(&report) {
  if (value.is_object()) return;
  report.error("type", pointer_, wrong_type("an object", value.type()), "write it in braces");
  value_ = &no_members();
}

Members::Members(const Json& value, std::string pointer, std::initializer_list<std::string_view> known, Report& report)
    : Members(value, std::move(pointer), report) {
  for (const Json::Member& member : value_->as_object()) {
    if (std::find(known.begin(), known.end(), member.first) != known.end()) continue;
    const auto nearest = nearest_word(member.first, known);
    report.error("unknown-field", at(member.first), "there is no field " + quoted(member.first) + " here",
                 nearest ? "perhaps " + quoted(*nearest) : "known are " + join({known.begin(), known.size()}));
  }
}

bool Members::require(std::string_view name, std::string_view hint) {
  if (value_->find(name) != nullptr) return true;
  report_->error("missing", at(name), std::string(name) + " is missing", std::string(hint));
  return false;
}

const Json* Members::member(std::string_view name, Json::Type type) {
  const Json* found = value_->find(name);
  if (found == nullptr || found->type() == type) return found;
  report_->error("type", at(name), wrong_type(name_of(type), found->type()));
  return nullptr;
}

std::string Members::text(std::string_view name, std::string fallback) {
  const Json* found = member(name, Json::Type::kString);
  return found == nullptr ? std::move(fallback) : found->as_string();
}

std::string Members::key(std::string_view name) {
  const Json* found = member(name, Json::Type::kString);
  if (found == nullptr) return {};
  if (!is_key(found->as_string())) {
    report_->error("key", at(name), quoted(found->as_string()) + " is no key",
                   "a key is 1 to 64 of a-z, 0-9, '-', '_' and starts with a letter or digit");
    return {};
  }
  return found->as_string();
}

bool Members::boolean(std::string_view name, bool fallback) {
  const Json* found = member(name, Json::Type::kBool);
  return found == nullptr ? fallback : found->as_bool();
}

std::int64_t Members::integer(std::string_view name, std::int64_t fallback, std::int64_t low, std::int64_t high) {
  const Json* found = member(name, Json::Type::kInteger);
  if (found == nullptr) return fallback;
  if (found->as_integer() >= low && found->as_integer() <= high) return found->as_integer();
  report_->error(
      "range", at(name),
      std::to_string(found->as_integer()) + " is outside " + std::to_string(low) + " to " + std::to_string(high));
  return fallback;
}

std::string Members::choice(std::string_view name, std::string_view fallback,
                            std::span<const std::string_view> options) {
  const Json* found = member(name, Json::Type::kString);
  if (found == nullptr) return std::string(fallback);
  if (std::find(options.begin(), options.end(), found->as_string()) != options.end()) return found->as_string();
  const auto nearest = nearest_word(found->as_string(), options);
  report_->error("choice", at(name), quoted(found->as_string()) + " is none of " + join(options),
                 nearest ? "perhaps " + quoted(*nearest) : std::string());
  return std::string(fallback);
}

std::vector<std::string> Members::texts(std::string_view name) {
  const Json* found = value_->find(name);
  if (found == nullptr) return {};
  if (found->is_string()) {
    if (!trim(found->as_string()).empty()) return {found->as_string()};
    report_->error("empty", at(name), "the text is empty");
    return {};
  }
  if (!found->is_array()) {
    report_->error("type", at(name), wrong_type("a text or a list of texts", found->type()));
    return {};
  }
  std::vector<std::string> list;
  for (std::size_t i = 0; i < found->as_array().size(); ++i) {
    const Json& item = found->as_array()[i];
    const std::string pointer = append_pointer(at(name), i);
    if (!item.is_string()) {
      report_->error("type", pointer, wrong_type("a text", item.type()));
    } else if (trim(item.as_string()).empty()) {
      report_->error("empty", pointer, "the text is empty");
    } else if (std::find(list.begin(), list.end(), item.as_string()) != list.end()) {
      report_->error("duplicate", pointer, quoted(item.as_string()) + " stands in the list already");
    } else {
      list.push_back(item.as_string());
    }
  }
  return list;
}

std::vector<std::string> Members::choices(std::string_view name, std::span<const std::string_view> options) {
  std::vector<std::string> list = texts(name);
  std::erase_if(list, [&](const std::string& item) {
    if (std::find(options.begin(), options.end(), item) != options.end()) return false;
    const auto nearest = nearest_word(item, options);
    report_->error("choice", at(name), quoted(item) + " is none of " + join(options),
                   nearest ? "perhaps " + quoted(*nearest) : std::string());
    return true;
  });
  return list;
}

bool open_file(std::string_view text, std::string_view origin, std::string_view schema, Json& file, Report& report) {
  Result<Json> parsed = parse_json(text, origin);
  if (!parsed) {
    report.error("json", "", parsed.error().where + ": " + parsed.error().message, parsed.error().hint);
    return false;
  }
  file = std::move(parsed).value();
  Members members(file, "", report);
  if (!file.is_object() || !members.require("schema", "write \"schema\": \"" + std::string(schema) + "\""))
    return false;
  const Json* written = members.member("schema", Json::Type::kString);
  if (written == nullptr) return false;
  if (written->as_string() == schema) return true;
  report.error("schema", "/schema", quoted(written->as_string()) + " is not " + quoted(schema),
               "a later version needs a later release; another kind of file has no place here");
  return false;
}

bool is_language(std::string_view text) noexcept {
  if (text.size() > 35) return false;
  std::size_t part = 0;
  std::size_t length = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || text[i] == '-') {
      if (length < 2 || length > (part == 0 ? 3U : 8U)) return false;
      ++part;
      length = 0;
      continue;
    }
    const char c = text[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && (part == 0 || c < '0' || c > '9')) return false;
    ++length;
  }
  return true;
}

std::string content_hash(std::string_view text) {
  std::array<unsigned char, 16> digest{};
  crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     nullptr, 0);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : digest) {
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

}  // namespace tactful::wording_impl
