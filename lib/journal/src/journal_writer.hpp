#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "event_queue.hpp"
#include "journal_storage.hpp"
#include "tactful/core/log.hpp"

namespace tactful {

/// The writer thread: takes groups from the queue, commits them, acknowledges them. A group that cannot be stored stays
/// at the head of the queue and is tried again; only when the journal closes and its time is over do events fail.
/// Between the groups it applies what the journal was asked to erase, in short steps.
/// Thread-safety: made and destroyed by the owner.
class JournalWriter {
 public:
  JournalWriter(EventQueue& queue, JournalStorage& storage, LogSink* log, std::chrono::milliseconds close_timeout,
                std::chrono::milliseconds idle);

  /// Drains the queue, at most for the close timeout while storage fails, and ends the thread.
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

 private:
  void run() noexcept;
  void commit(EventQueue::Group group);
  void acknowledge(EventQueue::Group group, std::size_t withheld, const Status& status) noexcept;
  [[nodiscard]] Result<std::size_t> append(EventQueue::Group group) noexcept;
  void checkpoint() noexcept;
  void store_counters() noexcept;
  [[nodiscard]] bool erase() noexcept;
  /// How long to wait for an event before looking around.
  [[nodiscard]] std::chrono::milliseconds until_next_look() const noexcept;
  [[nodiscard]] bool may_retry();
  void report_dropped() noexcept;
  /// Logs what `make` returns, unless it is empty or there is no memory for it.
  template <typename Make>
  void say(LogLevel level, Make make) noexcept;

  EventQueue& queue_;
  JournalStorage& storage_;
  LogSink* const log_;
  const std::chrono::milliseconds close_timeout_, idle_;
  const Status withheld_;  // made beforehand, for the same reason
  EventQueue::SteadyTime erase_again_at_;
  std::string erasure_complaint_;
  std::optional<EventQueue::SteadyTime> give_up_at_;
  std::int64_t reported_dropped_ = 0;
  std::thread thread_;
};

}  // namespace tactful
