#pragma once

#include <memory>

#include "tactful/core/log.hpp"

namespace tactful::tools {

/// The library's messages on standard error, from `least` on. Thread-safety: any thread.
[[nodiscard]] std::unique_ptr<LogSink> make_stderr_log(LogLevel least, bool colour);

}  // namespace tactful::tools
