#include "tactful/journal/journal.hpp"

#include <sodium.h>
#include <new>
#include <optional>
#include <utility>

#include "event_encoder.hpp"
#include "fork_guard.hpp"
#include "journal_claim.hpp"
#include "journal_hooks.hpp"
#include "journal_writer.hpp"
#include "out_of_memory.hpp"

namespace tactful {
namespace {

namespace fs = std::filesystem;

Status check_range(std::int64_t value, std::int64_t low, std::int64_t high, std::string_view name) {
  if (value >= low && value <= high) return {};
  return Error{ErrorCode::kInvalidArgument,
               std::string(name) + " is " + std::to_string(value) + ", not between " + std::to_string(low) + " and " +
                   std::to_string(high),
               std::string(name), ""};
}

Status check_options(const JournalOptions& options) {
  Status status = check_range(options.group_events, 1, 65'536, "group_events");
  if (status.ok()) status = check_range(options.group_delay_ms, 0, 1'000, "group_delay_ms");
  if (status.ok()) status = check_range(options.queue_events, 1, std::int64_t{16} << 20, "queue_events");
  if (status.ok()) status = check_range(options.block_timeout_ms, 0, 60'000, "block_timeout_ms");
  if (status.ok()) status = check_range(options.close_timeout_ms, 0, 600'000, "close_timeout_ms");
  return status;
}

// Everything that a forked child must not destroy: the thread does not exist there, and SQLite's connection would
// write into the parent's file.
struct Parts {
  Parts(JournalLock held, Pseudonymizer pseudonymizer, const JournalOptions& options, std::uint64_t seed)
      : lock(std::move(held)), encoder(std::move(pseudonymizer), dictionary, seed), queue(options) {}

  std::optional<JournalLock> lock;
  Dictionary dictionary;
  EventEncoder encoder;
  EventQueue queue;
  std::unique_ptr<JournalStorage> storage;
  std::unique_ptr<JournalWriter> writer;  // last, so that it ends first
};

class FileJournal final : public Journal {
 public:
  FileJournal(std::unique_ptr<Parts> parts, fs::path file, const Clock& clock)
      : parts_(std::move(parts)), file_(std::move(file)), clock_(clock) {}

  ~FileJournal() override {
    if (!fork_.is_child()) return;
    parts_->lock.reset();  // or the child would hold the journal when its parent is gone
    static_cast<void>(parts_.release());
  }

  Status record(const Event& event, Ack ack) override {
    try {
      if (fork_.is_child()) return forked();
      return take(event, std::move(ack));
    } catch (const std::bad_alloc&) {
      return out_of_memory();
    }
  }

  Status flush() override {
    try {
      return fork_.is_child() ? forked() : parts_->queue.flush();
    } catch (const std::bad_alloc&) {
      return out_of_memory();
    }
  }

  [[nodiscard]] JournalCounters counters() const noexcept override {
    return fork_.is_child() ? JournalCounters() : parts_->queue.counters();
  }

  [[nodiscard]] const fs::path& file() const noexcept override { return file_; }

 private:
  Status take(const Event& event, Ack ack) {
    std::optional<Result<StoredEvent>> row;
    try {
      row = parts_->encoder.encode(event, clock_.now_ms());
    } catch (const std::bad_alloc&) {
      parts_->queue.count_refused();
      throw;
    }
    if (!*row) {
      parts_->queue.count_refused();
      return row->error();
    }
    if (parts_->queue.push({**row, std::chrono::steady_clock::now(), std::move(ack), false})) return {};
    return Error{ErrorCode::kUnavailable, "the journal's queue is full", file_.string(),
                 "storage is slower than the events come; see counters().dropped"};
  }

  [[nodiscard]] Status forked() const {
    return Error{ErrorCode::kUnavailable, "the journal belongs to the process that forked this one", file_.string(),
                 "open a journal of its own in the child"};
  }

  std::unique_ptr<Parts> parts_;
  const fs::path file_;
  const Clock& clock_;
  const ForkGuard fork_;
};

}  // namespace

Result<std::unique_ptr<Journal>> open_journal(const fs::path& folder_or_file, Pseudonymizer pseudonymizer,
                                              const Clock& clock, JournalOptions options, LogSink* log,
                                              JournalHooks hooks) {
  if (Status status = check_options(options); !status.ok()) return status.error();
  try {
    auto claimed = claim_journal(folder_or_file);
    if (!claimed) return claimed.error();
    const fs::path file = claimed->file;
    if (log != nullptr && is_on_user_file_system(file.parent_path())) {
      log->log(LogLevel::kWarning,
               "the journal lies on a FUSE file system; what is acknowledged is as safe as the program behind it");
    }
    const JournalIdentity identity{pseudonymizer.key_id(), pseudonymizer.purpose(), clock.now_ms()};
    std::uint64_t seed = 0;
    randombytes_buf(&seed, sizeof seed);
    auto parts = std::make_unique<Parts>(std::move(claimed->lock), std::move(pseudonymizer), options, seed);
    if (claimed->is_new) {
      if (Status status = create_journal_file(file, identity); !status.ok()) return status.error();
    }
    auto storage =
        JournalStorage::open(file, identity, options.durability, parts->dictionary, std::move(hooks.before_commit));
    if (!storage) return storage.error();
    parts->storage = std::move(*storage);
    parts->writer = std::make_unique<JournalWriter>(parts->queue, *parts->storage, log,
                                                    std::chrono::milliseconds(options.close_timeout_ms), hooks.idle);
    return std::unique_ptr<Journal>(std::make_unique<FileJournal>(std::move(parts), file, clock));
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::exception& failure) {
    return Error{ErrorCode::kStorage, std::string("cannot open the journal: ") + failure.what(),
                 folder_or_file.string(), ""};
  }
}

Result<std::unique_ptr<Journal>> Journal::open(const fs::path& folder_or_file, Pseudonymizer pseudonymizer,
                                               const Clock& clock, JournalOptions options, LogSink* log) {
  return open_journal(folder_or_file, std::move(pseudonymizer), clock, options, log, {});
}

std::future<Status> Journal::record_with_future(const Event& event) {
  const auto promise = std::make_shared<std::promise<Status>>();
  std::future<Status> future = promise->get_future();
  Status status = record(event, [promise](const Status& stored) {
    try {
      promise->set_value(stored);
    } catch (const std::bad_alloc&) {
      promise->set_value(out_of_memory());
    }
  });
  if (!status.ok()) promise->set_value(std::move(status));
  return future;
}

}  // namespace tactful
