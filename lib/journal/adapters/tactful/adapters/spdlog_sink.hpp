#pragma once

#include <spdlog/logger.h>

#include <exception>
#include <memory>
#include <utility>

#include "tactful/core/log.hpp"

namespace tactful {

/// The library's messages in an embedder's spdlog logger. Header only; the library itself neither includes it nor links
/// spdlog: link `tactful::spdlog_adapter`, and spdlog as your program has it.
///
///   auto sink = tactful::SpdlogSink(spdlog::default_logger());
///   auto journal = tactful::Journal::open(folder, pseudonymizer, clock, {}, &sink);
///
/// Debug, info, warning and error become spdlog's levels of those names; the logger's own level decides what is kept.
/// Messages are passed as text, never as a format, and carry no customer ids. A logger that throws is ignored: a sender
/// does not fail for its log. Thread-safety: as the logger's sinks (the `_mt` ones: any thread; the journal logs from
/// its writer).
class SpdlogSink final : public LogSink {
 public:
  /// `logger` may be null: nothing is logged then.
  explicit SpdlogSink(std::shared_ptr<spdlog::logger> logger) : logger_(std::move(logger)) {}

  /// spdlog's level of that name.
  static spdlog::level::level_enum level_of(LogLevel level) noexcept {
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

  void log(LogLevel level, std::string_view message) noexcept override {
    if (!logger_) return;
    try {
      logger_->log(level_of(level), spdlog::string_view_t(message.data(), message.size()));
    } catch (const std::exception&) {
    }
  }

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace tactful
