#pragma once

#include <string_view>

namespace tactful {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// Where the library's messages go. The library itself never prints; a caller passes a sink or none.
/// Messages never carry customer ids. Thread-safety: implementations are safe from several threads.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void log(LogLevel level, std::string_view message) noexcept = 0;
};

}  // namespace tactful
