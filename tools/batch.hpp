#pragma once

#include <functional>

#include "command.hpp"

namespace tactful::tools {

/// Answers JSON lines of standard input (or of `file`), one line each, in order. A line that is wrong gets
/// `{"id","error":{"code","message"}}` and the next one is read; blank lines are passed over. Answers are handed over
/// whenever the next request has not come yet, so that another program can converse. Exit code 0 also with bad lines.
/// Errors: those of reading the input.
[[nodiscard]] Result<int> answer_lines(Console& console,
                                       const std::function<Result<Json>(const Json& request)>& answer);

}  // namespace tactful::tools
