#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/finding_list.hpp"
#include "tactful/core/json.hpp"

namespace tactful::wording_impl {

/// Collects the findings of one file.
class Report {
 public:
  void error(std::string rule, std::string pointer, std::string message, std::string hint = {});
  void warning(std::string rule, std::string pointer, std::string message, std::string hint = {});
  [[nodiscard]] Diagnostics take() && { return std::move(list_).take(); }
  [[nodiscard]] std::size_t errors() const noexcept { return list_.errors(); }

 private:
  FindingList list_;
};

[[nodiscard]] std::string quoted(std::string_view text);
[[nodiscard]] std::string join(std::span<const std::string_view> words);

/// One JSON object, read member by member. What is wrong becomes a finding and a fallback is returned, so that every
/// mistake is reported at once.
class Members {
 public:
  /// Reports a value that is no object.
  Members(const Json& value, std::string pointer, Report& report);
  /// Also reports every member that is not among `known`, with the nearest known name.
  Members(const Json& value, std::string pointer, std::initializer_list<std::string_view> known, Report& report);

  [[nodiscard]] const std::string& pointer() const noexcept { return pointer_; }
  [[nodiscard]] std::string at(std::string_view name) const { return append_pointer(pointer_, name); }
  [[nodiscard]] const Json::Object& all() const { return value_->as_object(); }
  [[nodiscard]] const Json* find(std::string_view name) const noexcept { return value_->find(name); }

  bool require(std::string_view name, std::string_view hint);
  /// The member when it is there and of the type (else reported), or nullptr.
  [[nodiscard]] const Json* member(std::string_view name, Json::Type type);
  [[nodiscard]] std::string text(std::string_view name, std::string fallback = {});
  [[nodiscard]] std::string key(std::string_view name);
  [[nodiscard]] bool boolean(std::string_view name, bool fallback);
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t fallback, std::int64_t low, std::int64_t high);
  [[nodiscard]] std::string choice(std::string_view name, std::string_view fallback,
                                   std::span<const std::string_view> options);
  /// A text, or a list of texts; each not blank, none twice.
  [[nodiscard]] std::vector<std::string> texts(std::string_view name);
  /// The same, each one of `options`.
  [[nodiscard]] std::vector<std::string> choices(std::string_view name, std::span<const std::string_view> options);

 private:
  const Json* value_;
  std::string pointer_;
  Report* report_;
};

/// The file as an object of schema `schema`, or nothing: not JSON (rule `json`), another schema (`schema`).
[[nodiscard]] bool open_file(std::string_view text, std::string_view origin, std::string_view schema, Json& file,
                             Report& report);

/// A language tag: two or three letters and subtags of 2 to 8 letters or digits.
[[nodiscard]] bool is_language(std::string_view text) noexcept;

/// BLAKE2b-128 as 32 lower-case hex digits.
[[nodiscard]] std::string content_hash(std::string_view text);

}  // namespace tactful::wording_impl
