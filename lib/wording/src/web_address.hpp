#pragma once

#include <string_view>

namespace tactful::wording_impl {

/// Whether a phone may make a link of something in the text, in whatever letters it is written:
/// - `scheme://`, `www.` before a name;
/// - `host.name` followed by `/`, a query (`?id`), a fragment (`#a`) or a port (`:80`), also of four numbers; the
/// name's
///   last part has at least two letters of any script;
/// - `host.name` by itself where the last part is a well-known top-level domain that is no English word (`evil.com`,
///   `bank.cn`, and those in Chinese).
/// Not: decimals and versions (3.5, v2.1), initials (a.m., U.S./U.K.), `Co.Ltd`, `Node.js`, mail addresses.
[[nodiscard]] bool holds_web_address(std::string_view text);

}  // namespace tactful::wording_impl
