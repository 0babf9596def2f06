#include "event_queue.hpp"

#include <algorithm>
#include <bit>
#include <new>

#include "out_of_memory.hpp"

namespace tactful {

EventQueue::EventQueue(const JournalOptions& options)
    : bound_(static_cast<std::uint64_t>(options.queue_events)),
      group_(std::min<std::uint64_t>(static_cast<std::uint64_t>(options.group_events), bound_)),
      delay_(options.group_delay_ms),
      block_(options.when_full == WhenFull::kBlock ? options.block_timeout_ms : 0),
      slots_(std::bit_ceil(bound_)),
      mask_(slots_.size() - 1) {}

bool EventQueue::push(Slot&& slot) {
  bool wake = false;
  {
    std::unique_lock lock(mutex_);
    const auto has_space = [this] { return tail_ - head_ < bound_; };
    if (!has_space() && block_.count() > 0) {
      ++blocked_;
      space_.wait_for(lock, block_, has_space);
      --blocked_;
    }
    if (!has_space()) {
      ++dropped_;
      return false;
    }
    slots_[tail_ & mask_] = std::move(slot);
    ++tail_;
    wake = writer_ == Writer::kIdle || (writer_ == Writer::kGrouping && tail_ - head_ == group_);
    if (wake) writer_ = Writer::kBusy;  // one call wakes it; the next pushes need not
  }
  if (wake) work_.notify_one();
  return true;
}

Status EventQueue::flush() {
  std::unique_lock lock(mutex_);
  const std::uint64_t target = tail_;
  if (head_ >= target) return {};
  const std::uint64_t failures = failures_;
  flush_target_ = std::max(flush_target_, target);
  ++flushes_;
  work_.notify_one();
  settled_changed_.wait(lock, [&] { return head_ >= target || failures_ != failures; });
  if (head_ >= target) return {};
  return last_failure_;
}

JournalCounters EventQueue::counters() const {
  const std::lock_guard lock(mutex_);
  JournalCounters result;
  result.recorded = recorded_;
  result.dropped = dropped_;
  result.failed = failed_;
  result.queued = static_cast<std::int64_t>(tail_ - settled_);
  result.commits = commits_;
  result.refused = refused_.load(std::memory_order_relaxed);
  result.withheld = withheld_;
  return result;
}

EventQueue::Group EventQueue::next_group(std::chrono::milliseconds idle) {
  std::unique_lock lock(mutex_);
  const SteadyTime idle_until = std::chrono::steady_clock::now() + idle;
  while (true) {
    const std::uint64_t waiting = tail_ - head_;
    if (waiting == 0 && closing_) return {head_, 0, true};
    if (waiting == 0) {
      writer_ = Writer::kIdle;
      if (work_.wait_until(lock, idle_until) == std::cv_status::no_timeout || tail_ != head_) continue;
      writer_ = Writer::kBusy;
      return {head_, 0, closing_};
    }
    if (waiting >= group_ || closing_ || flush_target_ > head_) break;
    const SteadyTime due = slot(head_).queued_at + delay_;
    if (std::chrono::steady_clock::now() >= due) break;
    writer_ = Writer::kGrouping;
    work_.wait_until(lock, due);
  }
  writer_ = Writer::kBusy;
  return {head_, static_cast<std::size_t>(std::min(tail_ - head_, group_)), false};
}

void EventQueue::settle(std::size_t count, std::size_t withheld, bool stored) {
  const std::lock_guard lock(mutex_);
  settled_ += count;
  withheld_ += static_cast<std::int64_t>(withheld);
  (stored ? recorded_ : failed_) += static_cast<std::int64_t>(count - withheld);
  if (stored) ++commits_;
}

void EventQueue::release() {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    head_ = settled_;
    wake = blocked_ > 0;
  }
  if (wake) space_.notify_all();
  settled_changed_.notify_all();
}

void EventQueue::fail_and_wait(const Error& error, std::chrono::milliseconds back_off) {
  std::unique_lock lock(mutex_);
  try {
    last_failure_ = error;
  } catch (const std::bad_alloc&) {
    last_failure_ = out_of_memory();
  }
  ++failures_;
  settled_changed_.notify_all();
  const std::uint64_t flushes = flushes_;
  const bool closing = closing_;
  work_.wait_for(lock, back_off, [&] { return flushes_ != flushes || closing_ != closing; });
}

bool EventQueue::is_closing() const {
  const std::lock_guard lock(mutex_);
  return closing_;
}

void EventQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  work_.notify_one();
}

}  // namespace tactful
