#pragma once

#include "calc_input.hpp"
#include "tactful/stats/group_sequential.hpp"

namespace tactful::stats::calc {

/// A spending function by name (of, pocock, power, hsd) and its parameter.
[[nodiscard]] inline Result<Spending> spending_of(const Input& in, std::string_view name, std::string_view parameter) {
  const std::string_view text = in.text(name);
  Spending spending;
  if (text == "of") {
    spending.family = Spending::Family::kObrienFleming;
  } else if (text == "pocock") {
    spending.family = Spending::Family::kPocock;
  } else if (text == "power" || text == "hsd") {
    spending.family = text == "power" ? Spending::Family::kPower : Spending::Family::kHwangShihDeCani;
    if (!in.has(parameter)) {
      return Error{ErrorCode::kInvalidInput,
                   std::string(name) + " " + std::string(text) + " needs " + std::string(parameter),
                   std::string(parameter),
                   {}};
    }
    spending.parameter = in.number(parameter);
  } else {
    return invalid_argument(name,
                            std::string(name) + " is " + std::string(text) + ", it must be of, pocock, power or hsd");
  }
  return spending;
}

}  // namespace tactful::stats::calc
