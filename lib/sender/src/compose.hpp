#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tactful/assignment/assigner.hpp"
#include "tactful/catalogue/catalogue.hpp"
#include "tactful/experiment/message_template.hpp"

namespace tactful {

/// One message to be written.
struct MessageRequest {
  const CompiledExperiment* experiment = nullptr;  ///< Never nullptr.
  const Subject* subject = nullptr;                ///< Never nullptr.
  std::span<const Field> fields;
  std::string_view channel;
  std::string_view language;  ///< Empty: the subject's attribute `language`, else the wording's first for the channel.
};

/// A text that may be sent, or why there is none.
struct Composed {
  Result<std::string> text;
  std::string_view reason = {};  ///< Of the event: missing_field, wording_rule, no_text; empty with a text.
  bool has_words = true;         ///< Whether the variant has words at all; where not, the program has its own.
};

/// The variant's text with the fields filled in, complete and breaking no rule of severity error; otherwise
/// kInvalidInput naming every missing or ill-typed field, kRefused naming the rules it breaks, kNotFound. Values never
/// stand in an error. Throws std::bad_alloc only.
[[nodiscard]] Composed compose(const MessageRequest& request, std::size_t variant);

}  // namespace tactful
