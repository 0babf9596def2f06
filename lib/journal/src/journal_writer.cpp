#include "journal_writer.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>

namespace tactful {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstBackOff{10}, kLongestBackOff{500};

Error withheld_error() {
  return {ErrorCode::kRefused, "the unit was erased; nothing of it is stored any more", "unit", ""};
}

}  // namespace

JournalWriter::JournalWriter(EventQueue& queue, JournalStorage& storage, LogSink* log, milliseconds close_timeout,
                             milliseconds idle)
    : queue_(queue), storage_(storage), log_(log), close_timeout_(close_timeout), idle_(idle) {
  // Signals belong to the program: with all of them blocked its handlers never run on this thread, and a file size
  // limit shows as an error instead of killing the process.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this] { run(); });
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread_.native_handle(), "tactful-journal");
}

JournalWriter::~JournalWriter() {
  queue_.close();
  thread_.join();
}

void JournalWriter::run() noexcept {
  // First what was asked for while the journal had no owner, so that nothing of those units is stored any more.
  bool erasing = erase();
  while (true) {
    const EventQueue::Group group = queue_.next_group(erasing ? milliseconds(0) : idle_);
    if (group.closed) break;
    if (group.size > 0) {
      commit(group);
    } else if (!erasing) {
      store_counters();
    }
    report_dropped();
    erasing = erase();
  }
  store_counters();
}

void JournalWriter::commit(EventQueue::Group group) {
  milliseconds back_off = kFirstBackOff;
  for (int failures = 0;; ++failures) {
    const auto withheld = storage_.append(queue_, group);
    if (withheld) {
      if (failures > 0) log(LogLevel::kInfo, "the journal stores events again");
      acknowledge(group, *withheld, {});
      const Status moved = storage_.checkpoint_when_due();
      if (!moved.ok()) log(LogLevel::kWarning, describe(moved.error()));
      return;
    }
    const Error& error = withheld.error();
    if (failures == 0) log(LogLevel::kError, describe(error) + "; the events stay queued and are tried again");
    if (!may_retry()) {
      log(LogLevel::kError, std::to_string(group.size) + " events could not be stored before the journal closed");
      acknowledge(group, 0, error);
      return;
    }
    queue_.fail_and_wait(error, back_off);
    back_off = std::min(2 * back_off, kLongestBackOff);
  }
}

// A failure is told once; the next look is as far away as when nothing is recorded.
bool JournalWriter::erase() {
  if (std::chrono::steady_clock::now() < erase_again_at_) return false;
  const auto step = storage_.erase();
  for (const ErasureReceipt& receipt : storage_.take_erased()) {
    log(LogLevel::kInfo, "erased " + std::to_string(receipt.events) + " events of " + std::to_string(receipt.units) +
                             " units, request " + receipt.request);
  }
  if (step && *step != ErasureStep::kWait) {
    erasure_complaint_.clear();
    return *step == ErasureStep::kMore;
  }
  erase_again_at_ = std::chrono::steady_clock::now() + idle_;
  const std::string complaint = step ? "" : describe(step.error());
  if (!complaint.empty() && complaint != erasure_complaint_) log(LogLevel::kError, complaint);
  erasure_complaint_ = complaint;
  return false;
}

void JournalWriter::store_counters() {
  const Status status = storage_.store_counters(queue_.counters());
  if (!status.ok() && queue_.is_closing()) log(LogLevel::kError, describe(status.error()));
}

bool JournalWriter::may_retry() {
  if (!queue_.is_closing()) return true;
  const auto now = std::chrono::steady_clock::now();
  if (!give_up_at_) give_up_at_ = now + close_timeout_;
  return now < *give_up_at_;
}

// The counters first, so that whoever has seen an acknowledgement finds it counted.
void JournalWriter::acknowledge(EventQueue::Group group, std::size_t withheld, const Status& status) noexcept {
  queue_.settle(group.size, withheld, status.ok());
  for (std::size_t i = 0; i < group.size; ++i) {
    EventQueue::Slot& slot = queue_.slot(group.first + i);
    Journal::Ack ack = std::move(slot.ack);
    slot.ack = nullptr;
    if (!ack) continue;
    try {
      ack(slot.withheld && status.ok() ? Status(withheld_error()) : status);
    } catch (...) {
      log(LogLevel::kError, "an acknowledgement callback threw an exception, which was ignored");
    }
  }
  queue_.release();
}

void JournalWriter::report_dropped() {
  const std::int64_t dropped = queue_.counters().dropped;
  if (dropped == reported_dropped_) return;
  log(LogLevel::kWarning,
      std::to_string(dropped - reported_dropped_) + " events were refused because the queue was full");
  reported_dropped_ = dropped;
}

void JournalWriter::log(LogLevel level, std::string_view message) noexcept {
  if (log_ != nullptr) log_->log(level, message);
}

}  // namespace tactful
