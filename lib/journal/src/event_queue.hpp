#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "tactful/journal/journal.hpp"

namespace tactful {

/// The bounded ring between recording threads and the writer thread. Slots are made once; a push copies one record
/// under a short lock, in which no system call happens, and wakes the writer only when it has to act.
/// Positions count events for ever: head <= settled <= tail. The writer alone touches the slots in [head, head +
/// group), without the lock. Thread-safety: push(), flush() and counters() from any thread; the rest from the writer
/// thread, close() from the owner.
class EventQueue {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  struct Slot {
    StoredEvent event;
    SteadyTime queued_at;
    Journal::Ack ack;
    bool withheld = false;  ///< Of an erased unit: set by the writer, which does not store it.
  };

  /// Some events at the head, due to be committed together. Empty when nothing came for a while, or for good.
  struct Group {
    std::uint64_t first = 0;
    std::size_t size = 0;
    bool closed = false;  ///< The queue is closed and drained.
  };

  explicit EventQueue(const JournalOptions& options);

  /// Whether the event was taken; false counts it as dropped.
  [[nodiscard]] bool push(Slot&& slot);

  /// Waits until all that was pushed before is settled, or until an attempt that ended after this call failed.
  [[nodiscard]] Status flush();

  [[nodiscard]] JournalCounters counters() const;

  /// An event was refused before it came here.
  void count_refused() noexcept { refused_.fetch_add(1, std::memory_order_relaxed); }

  // --- writer thread ---

  /// Waits until a group is full, its oldest event has waited long enough, a flush asks for it, the queue closes, or
  /// nothing has come for `idle`.
  [[nodiscard]] Group next_group(std::chrono::milliseconds idle);
  [[nodiscard]] Slot& slot(std::uint64_t position) noexcept { return slots_[position & mask_]; }
  /// The group was committed but for `withheld` of it (or, at the end, failed): counts it. Its slots stay the writer's
  /// until release().
  void settle(std::size_t count, std::size_t withheld, bool stored);
  /// Gives the settled slots back.
  void release();
  /// A commit failed: tells those who flush, then waits for the back-off, a new flush, or the close.
  void fail_and_wait(const Error& error, std::chrono::milliseconds back_off);
  [[nodiscard]] bool is_closing() const;

  /// Lets next_group() run dry and return an empty group.
  void close();

 private:
  enum class Writer { kBusy, kIdle, kGrouping };

  const std::uint64_t bound_, group_;
  const std::chrono::milliseconds delay_, block_;
  std::vector<Slot> slots_;
  const std::uint64_t mask_;

  mutable std::mutex mutex_;
  std::condition_variable work_, space_, settled_changed_;
  std::uint64_t head_ = 0, settled_ = 0, tail_ = 0, flush_target_ = 0, flushes_ = 0, failures_ = 0, blocked_ = 0;
  Writer writer_ = Writer::kBusy;
  bool closing_ = false;
  Error last_failure_;
  std::int64_t recorded_ = 0, dropped_ = 0, failed_ = 0, withheld_ = 0, commits_ = 0;
  std::atomic<std::int64_t> refused_{0};
};

}  // namespace tactful
