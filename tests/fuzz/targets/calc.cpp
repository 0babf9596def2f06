// A request to the calculator. No number that comes out is NaN or infinite.
#include <cmath>

#include "fuzz_target.hpp"
#include "tactful/stats/calc.hpp"

namespace tactful {
namespace {

void check_numbers(const Json& json) {
  if (json.is_number()) fuzz::require(std::isfinite(json.as_number()), "every number is finite");
  if (json.is_array())
    for (const Json& item : json.as_array()) check_numbers(item);
  if (json.is_object())
    for (const auto& member : json.as_object()) check_numbers(member.second);
}

}  // namespace
}  // namespace tactful

TACTFUL_FUZZ_TARGET(calc) {
  using namespace tactful;
  const auto request = parse_json(input);
  if (!request || !request->is_object()) return;
  const Json* method = request->find("method");
  const Json* given = request->find("input");
  if (method == nullptr || !method->is_string() || given == nullptr) return;
  const auto answer = stats::calculate(method->as_string(), *given);
  if (answer) {
    fuzz::require(answer->is_object(), "an answer is an object");
    check_numbers(*answer);
    const auto again = stats::calculate(method->as_string(), *given);
    fuzz::require(again && *again == *answer, "the same question has the same answer");
  } else {
    fuzz::require(!answer.error().message.empty(), "an error says what is wrong");
  }
}
