// JSON: what is read prints to what reads back equal, in each of the three forms.
#include "tactful/core/json.hpp"
#include "fuzz_target.hpp"
#include "tactful/core/text.hpp"

TACTFUL_FUZZ_TARGET(json) {
  using namespace tactful;
  const auto json = parse_json(input);
  if (!json) {
    fuzz::require(!find_invalid_utf8(describe(json.error())), "an error is text");
    return;
  }
  for (const std::string& text : {json->dump(), json->dump(2)}) {
    const auto again = parse_json(text);
    fuzz::require(again && *again == *json, "what was printed reads back equal");
  }
  const auto sorted = parse_json(json->canonical());
  fuzz::require(sorted && sorted->canonical() == json->canonical(), "the canonical form is its own canonical form");
}
