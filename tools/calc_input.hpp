#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tactful/core/json.hpp"
#include "tactful/core/result.hpp"
#include "tactful/stats/calc.hpp"

namespace tactful::tools {

/// The method of that name. Errors: kInvalidArgument with the nearest name.
[[nodiscard]] Result<const stats::MethodInfo*> find_method(std::string_view name);

/// Fields from flags as the method's input: numbers, texts, `1,2,3` or JSON for lists, `1,2;3,4` or JSON for lists of
/// lists.
/// `-` in a field's name stands for `_`. Errors: kInvalidArgument naming the flag.
[[nodiscard]] Result<Json> input_of_flags(const stats::MethodInfo& method,
                                          const std::vector<std::pair<std::string, std::string>>& flags);

/// What a field holds, for help: "whole number >= 0".
[[nodiscard]] std::string_view describe_kind(stats::FieldKind kind);

/// What an output field means, in words; empty where its name says all there is.
[[nodiscard]] std::string_view meaning_of_output(std::string_view field);

}  // namespace tactful::tools
