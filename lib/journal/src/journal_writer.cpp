#include "journal_writer.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <new>

#include "out_of_memory.hpp"

namespace tactful {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstBackOff{10}, kLongestBackOff{500}, kReaderPause{50};

Status status_of(const Error& error) noexcept {
  try {
    return error;
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
}

}  // namespace

JournalWriter::JournalWriter(EventQueue& queue, JournalStorage& storage, LogSink* log, milliseconds close_timeout,
                             milliseconds idle)
    : queue_(queue),
      storage_(storage),
      log_(log),
      close_timeout_(close_timeout),
      idle_(idle),
      withheld_(Error{ErrorCode::kRefused, "the unit was erased; nothing of it is stored any more", "unit", ""}) {
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
    const EventQueue::Group group = queue_.next_group(erasing ? milliseconds(0) : until_next_look());
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
    const Result<std::size_t> withheld = append(group);
    if (withheld) {
      // Before the acknowledgement, so that whoever has it finds the log complete.
      if (failures > 0) say(LogLevel::kInfo, [] { return std::string("the journal stores events again"); });
      acknowledge(group, *withheld, {});
      checkpoint();
      return;
    }
    const Error& error = withheld.error();
    if (failures == 0) {
      say(LogLevel::kError, [&] { return describe(error) + "; the events stay queued and are tried again"; });
    }
    if (!may_retry()) {
      say(LogLevel::kError,
          [&] { return std::to_string(group.size) + " events could not be stored before the journal closed"; });
      acknowledge(group, 0, status_of(error));
      return;
    }
    queue_.fail_and_wait(error, back_off);
    back_off = std::min(2 * back_off, kLongestBackOff);
  }
}

// Without memory a group waits as it does without a disk.
Result<std::size_t> JournalWriter::append(EventQueue::Group group) noexcept {
  try {
    return storage_.append(queue_, group);
  } catch (const std::exception&) {
    return out_of_memory();
  }
}

void JournalWriter::checkpoint() noexcept {
  say(LogLevel::kWarning, [this] {
    const Status moved = storage_.checkpoint_when_due();
    return moved.ok() ? std::string() : describe(moved.error());
  });
}

milliseconds JournalWriter::until_next_look() const noexcept {
  const auto left = std::chrono::ceil<milliseconds>(erase_again_at_ - std::chrono::steady_clock::now());
  return left > milliseconds(0) ? std::min(left, idle_) : idle_;
}

// A failure is told once; the next look is as far away as when nothing is recorded. A reader is done sooner.
bool JournalWriter::erase() noexcept {
  if (std::chrono::steady_clock::now() < erase_again_at_) return false;
  bool more = false, wait = false, failed = true;
  say(LogLevel::kError, [&] {
    const auto step = storage_.erase();
    more = step && *step == ErasureStep::kMore;
    wait = step && *step == ErasureStep::kWait;
    failed = !step;
    for (const ErasureReceipt& receipt : storage_.take_erased()) {
      say(LogLevel::kInfo, [&] {
        return "erased " + std::to_string(receipt.events) + " events of " + std::to_string(receipt.units) +
               " units, request " + receipt.request;
      });
    }
    for (const Error& unreadable : storage_.take_unreadable()) {
      say(LogLevel::kError, [&] { return describe(unreadable); });
    }
    const std::string complaint = step ? "" : describe(step.error());
    const bool is_new = complaint != erasure_complaint_;
    erasure_complaint_ = complaint;
    return is_new ? complaint : std::string();
  });
  if (more) checkpoint();
  if (failed || wait)
    erase_again_at_ = std::chrono::steady_clock::now() + (failed ? idle_ : std::min(idle_, kReaderPause));
  return more;
}

void JournalWriter::store_counters() noexcept {
  say(LogLevel::kError, [this] {
    const Status status = storage_.store_counters(queue_.counters());
    return status.ok() || !queue_.is_closing() ? std::string() : describe(status.error());
  });
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
      const Status& told = slot.withheld && status.ok() ? withheld_ : status;
      ack(told);
    } catch (...) {
      say(LogLevel::kError,
          [] { return std::string("an acknowledgement callback threw an exception, which was ignored"); });
    }
  }
  queue_.release();
}

void JournalWriter::report_dropped() noexcept {
  const std::int64_t dropped = queue_.counters().dropped;
  if (dropped == reported_dropped_) return;
  say(LogLevel::kWarning,
      [&] { return std::to_string(dropped - reported_dropped_) + " events were refused because the queue was full"; });
  reported_dropped_ = dropped;
}

template <typename Make>
void JournalWriter::say(LogLevel level, Make make) noexcept {
  try {
    const std::string message = make();
    if (log_ != nullptr && !message.empty()) log_->log(level, message);
  } catch (const std::exception&) {
    // Without memory for the words there are none.
  }
}

}  // namespace tactful
