// A request for a bucket, or for a match of a condition.
#include "fuzz_target.hpp"
#include "tactful/assignment/hashing.hpp"

TACTFUL_FUZZ_TARGET(hash) {
  using namespace tactful;
  const auto request = parse_json(input);
  if (!request) return;
  const auto answer = answer_hash_request(*request);
  if (!answer) {
    fuzz::require(!answer.error().message.empty(), "an error says what is wrong");
    return;
  }
  const Json* value = answer->find("value");
  if (value != nullptr && value->is_number())
    fuzz::require(value->as_number() >= 0.0 && value->as_number() <= 1.0, "a value lies in [0, 1]");
}
