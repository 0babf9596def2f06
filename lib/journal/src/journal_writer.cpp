#include "journal_writer.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>

namespace tactful {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstBackOff{10}, kLongestBackOff{500};

}  // namespace

JournalWriter::JournalWriter(EventQueue& queue, JournalStorage& storage, LogSink* log, milliseconds close_timeout)
    : queue_(queue), storage_(storage), log_(log), close_timeout_(close_timeout) {
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
  while (true) {
    const EventQueue::Group group = queue_.next_group();
    if (group.size == 0) return;
    commit(group);
    report_dropped();
  }
}

void JournalWriter::commit(EventQueue::Group group) {
  milliseconds back_off = kFirstBackOff;
  for (int failures = 0;; ++failures) {
    const Status status = storage_.append(queue_, group);
    if (status.ok()) {
      if (failures > 0) log(LogLevel::kInfo, "the journal stores events again");
      acknowledge(group, status);
      const Status moved = storage_.checkpoint_when_due();
      if (!moved.ok()) log(LogLevel::kWarning, describe(moved.error()));
      return;
    }
    if (failures == 0) log(LogLevel::kError, describe(status.error()) + "; the events stay queued and are tried again");
    if (!may_retry()) {
      log(LogLevel::kError, std::to_string(group.size) + " events could not be stored before the journal closed");
      acknowledge(group, status);
      return;
    }
    queue_.fail_and_wait(status.error(), back_off);
    back_off = std::min(2 * back_off, kLongestBackOff);
  }
}

bool JournalWriter::may_retry() {
  if (!queue_.is_closing()) return true;
  const auto now = std::chrono::steady_clock::now();
  if (!give_up_at_) give_up_at_ = now + close_timeout_;
  return now < *give_up_at_;
}

// The counters first, so that whoever has seen an acknowledgement finds it counted.
void JournalWriter::acknowledge(EventQueue::Group group, const Status& status) noexcept {
  queue_.settle(group.size, status.ok());
  for (std::size_t i = 0; i < group.size; ++i) {
    Journal::Ack ack = std::move(queue_.slot(group.first + i).ack);
    queue_.slot(group.first + i).ack = nullptr;
    if (!ack) continue;
    try {
      ack(status);
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
