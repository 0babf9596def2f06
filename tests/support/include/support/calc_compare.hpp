#pragma once

#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/json.hpp"

/// Comparing an answer of the calculator with an expected one, number by number, under a relative and an absolute
/// tolerance.
namespace tactful::test {

using Flat = std::map<std::string, Json>;

inline void flatten(const Json& json, const std::string& path, Flat& out) {
  if (json.is_object()) {
    for (const Json::Member& member : json.as_object()) {
      flatten(member.second, path.empty() ? member.first : path + "." + member.first, out);
    }
  } else if (json.is_array()) {
    for (std::size_t i = 0; i < json.as_array().size(); ++i) {
      flatten(json.as_array()[i], path + "[" + std::to_string(i) + "]", out);
    }
    if (json.as_array().empty()) out[path] = json;
  } else {
    out[path] = json;
  }
}

/// The number a JSON value stands for, infinities as texts included; nothing for other values.
inline std::optional<double> as_real(const Json& json) {
  if (json.is_number()) return json.as_number();
  if (!json.is_string()) return std::nullopt;
  if (json.as_string() == "Infinity") return std::numeric_limits<double>::infinity();
  if (json.as_string() == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

inline bool agrees(const Json& expected, const Json& actual, double rtol, double atol) {
  const auto e = as_real(expected);
  const auto a = as_real(actual);
  if (!e || !a) return expected == actual;
  if (std::isinf(*e) || std::isinf(*a)) return *e == *a;
  return std::abs(*e - *a) <= atol + rtol * std::abs(*e);
}

/// Whether `path` is `prefix` or lies inside it.
inline bool lies_in(const std::string& path, const std::string& prefix) {
  if (path.compare(0, prefix.size(), prefix) != 0) return false;
  return path.size() == prefix.size() || path[prefix.size()] == '.' || path[prefix.size()] == '[';
}

/// Every way in which the answer differs from what is expected; empty when it agrees. Undefined (null) must be null or
/// absent, except that a degenerate proportion test may say "no evidence" (z 0, p at least 0.5). The two conventions
/// for Fisher's near ties count as one, and bounds past 8 standard deviations as infinite.
inline std::vector<std::string> differences(std::string_view method, const Json& expected, const Json& actual,
                                            double rtol, double atol) {
  Flat want;
  Flat have;
  flatten(expected, "", want);
  flatten(actual, "", have);
  std::vector<std::string> bad;
  const auto note = [&](const std::string& path, const Json& e, const std::string& a) {
    bad.push_back(path + ": expected " + e.dump() + ", got " + a);
  };
  const bool is_fisher = method == "fisher_exact";
  for (const auto& entry : want) {
    const std::string& path = entry.first;
    const Json& e = entry.second;
    if (e.is_null()) {
      for (const auto& answer : have) {
        if (!lies_in(answer.first, path) || answer.second.is_null()) continue;
        const auto value = as_real(answer.second);
        const bool harmless = method.substr(0, 5) == "prop_" && value &&
                              ((path[0] == 'z' && *value == 0.0) || (path.substr(0, 2) == "p_" && *value >= 0.5));
        if (!harmless) note(answer.first, e, answer.second.dump());
      }
      continue;
    }
    const auto found = have.find(path);
    if (found == have.end()) {
      note(path, e, "nothing");
      continue;
    }
    if (agrees(e, found->second, rtol, atol)) continue;
    if (is_fisher && path.substr(0, 19) == "p_two_sided_minlike") {
      const auto other =
          want.find(path == "p_two_sided_minlike" ? "p_two_sided_minlike_rel1e7" : "p_two_sided_minlike");
      if (other != want.end() && agrees(other->second, found->second, rtol, atol)) continue;
    }
    if (method == "gs_boundaries" && path.substr(0, 2) == "z[") {
      const auto far = as_real(e);
      const auto answer = as_real(found->second);
      if (far && answer && *far >= 8.0 && *answer >= 8.0) continue;
    }
    note(path, e, found->second.dump());
  }
  return bad;
}

}  // namespace tactful::test
