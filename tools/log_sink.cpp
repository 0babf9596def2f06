#include "log_sink.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/ansicolor_sink.h>

namespace tactful::tools {
namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

// A logger of our own, outside spdlog's global registry.
class StderrLog final : public LogSink {
 public:
  StderrLog(LogLevel least, bool colour)
      : logger_("tactful", std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(
                               colour ? spdlog::color_mode::automatic : spdlog::color_mode::never)) {
    logger_.set_pattern("tactful: %^%l%$: %v");
    logger_.set_level(level_of(least));
    logger_.flush_on(spdlog::level::debug);
  }

  void log(LogLevel level, std::string_view message) noexcept override {
    logger_.log(level_of(level), spdlog::string_view_t(message.data(), message.size()));
  }

 private:
  spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<LogSink> make_stderr_log(LogLevel least, bool colour) {
  return std::make_unique<StderrLog>(least, colour);
}

}  // namespace tactful::tools
