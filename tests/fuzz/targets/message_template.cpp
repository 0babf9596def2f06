// The plain template of a variant's text: what is rendered is complete, and braces are those that were escaped.
#include <vector>

#include "fuzz_target.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/message_template.hpp"

TACTFUL_FUZZ_TARGET(message_template) {
  using namespace tactful;
  const auto read = MessageTemplate::parse(input);
  if (!read) return;
  fuzz::require(!find_invalid_utf8(input), "a template is text");
  std::vector<Field> values;
  for (const std::string& name : read->fields()) values.push_back({name, "value"});
  const auto message = read->render(values);
  fuzz::require(message.has_value(), "with every field given, a message comes out");
  fuzz::require(!find_invalid_utf8(*message), "a message is text");
  if (!values.empty()) {
    values.pop_back();
    fuzz::require(!read->render(values).has_value(), "with a field missing, none does");
  }
}
