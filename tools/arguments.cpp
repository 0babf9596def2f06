#include <charconv>
#include <cmath>

#include "command.hpp"

namespace tactful::tools {
namespace {

template <typename Number>
std::optional<Number> read_whole(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string range(double least, double most) { return Json(least).dump() + " to " + Json(most).dump(); }

}  // namespace

bool Arguments::has(std::string_view name) const { return values_.find(name) != values_.end(); }

std::optional<std::string> Arguments::text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second.back();
}

std::string Arguments::text_or(std::string_view name, std::string_view fallback) const {
  return text(name).value_or(std::string(fallback));
}

std::vector<std::string> Arguments::all(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

Result<std::int64_t> Arguments::integer(std::string_view name, std::int64_t fallback, std::int64_t least,
                                        std::int64_t most) const {
  const auto given = text(name);
  if (!given) return fallback;
  const auto value = read_whole<std::int64_t>(*given);
  if (value && *value >= least && *value <= most) return *value;
  return Error{ErrorCode::kInvalidArgument,
               "\"" + *given + "\" is no whole number from " + std::to_string(least) + " to " + std::to_string(most),
               std::string(name), ""};
}

Result<double> Arguments::number(std::string_view name, double fallback, double least, double most) const {
  const auto given = text(name);
  if (!given) return fallback;
  const auto value = read_whole<double>(*given);
  if (value && std::isfinite(*value) && *value >= least && *value <= most) return *value;
  return Error{ErrorCode::kInvalidArgument, "\"" + *given + "\" is no number from " + range(least, most),
               std::string(name), ""};
}

Result<std::map<std::string, std::string>> Arguments::pairs(std::string_view name) const {
  std::map<std::string, std::string> result;
  for (const std::string& given : all(name)) {
    const std::size_t equals = given.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error{ErrorCode::kInvalidArgument, "\"" + given + "\" is not of the form NAME=VALUE", std::string(name),
                   ""};
    }
    if (!result.emplace(given.substr(0, equals), given.substr(equals + 1)).second) {
      return Error{ErrorCode::kInvalidArgument, "\"" + given.substr(0, equals) + "\" is given twice", std::string(name),
                   ""};
    }
  }
  return result;
}

}  // namespace tactful::tools
