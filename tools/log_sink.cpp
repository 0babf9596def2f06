#include "log_sink.hpp"

#include <spdlog/sinks/ansicolor_sink.h>

#include "tactful/adapters/spdlog_sink.hpp"

namespace tactful::tools {

// A logger of our own, outside spdlog's global registry.
std::unique_ptr<LogSink> make_stderr_log(LogLevel least, bool colour) {
  auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(colour ? spdlog::color_mode::automatic
                                                                               : spdlog::color_mode::never);
  auto logger = std::make_shared<spdlog::logger>("tactful", std::move(sink));
  logger->set_pattern("tactful: %^%l%$: %v");
  logger->set_level(SpdlogSink::level_of(least));
  logger->flush_on(spdlog::level::debug);
  return std::make_unique<SpdlogSink>(std::move(logger));
}

}  // namespace tactful::tools
