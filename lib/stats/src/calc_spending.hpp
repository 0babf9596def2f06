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

/// The plan of the exact harm monitor: alpha, spending (linear, obrien_fleming, pocock), null_rate_ratio, alternative.
[[nodiscard]] inline Result<HarmPlan> harm_plan_of(const Input& in) {
  const auto side = in.one_sided_alternative();
  if (!side) return side.error();
  HarmPlan plan{in.level("alpha"), HarmSpending::kLinear, in.number("null_rate_ratio"), *side};
  const std::string_view spending = in.text("spending");
  if (spending == "obrien_fleming") {
    plan.spending = HarmSpending::kObrienFleming;
  } else if (spending == "pocock") {
    plan.spending = HarmSpending::kPocock;
  } else if (spending != "linear") {
    return invalid_argument("spending",
                            "spending is " + std::string(spending) + ", it must be linear, obrien_fleming or pocock");
  }
  return plan;
}

}  // namespace tactful::stats::calc
