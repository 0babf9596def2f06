#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>

#include "tactful/core/log.hpp"
#include "tactful/core/result.hpp"
#include "tactful/core/time.hpp"
#include "tactful/journal/event.hpp"
#include "tactful/journal/pseudonym.hpp"

namespace tactful {

/// What an acknowledgement promises.
enum class Durability {
  kFull,  ///< Survives kill, crash and power loss (fsync before the acknowledgement); the default.
  kOs,    ///< Survives a kill of the process, not a power loss.
};

/// What record() does when the queue is full because the disk stalls.
enum class WhenFull {
  kBlock,       ///< Waits up to block_timeout_ms, then refuses with kUnavailable.
  kDropNewest,  ///< Refuses at once with kUnavailable. Both are counted.
};

struct JournalOptions {
  Durability durability = Durability::kFull;
  std::int32_t group_events =
      256;  ///< Commit when this many wait; 1 to 65,536. Higher: fewer fsyncs, later acknowledgements.
  std::int32_t group_delay_ms = 5;     ///< ... or when the oldest has waited this long; 0 to 1,000.
  std::int64_t queue_events = 65'536;  ///< Bound of the queue, in events; 1 to 16 M. Memory: about 200 bytes each.
  WhenFull when_full = WhenFull::kBlock;
  std::int32_t block_timeout_ms = 100;    ///< 0 to 60,000.
  std::int32_t close_timeout_ms = 5'000;  ///< How long the destructor goes on trying when storage fails; 0 to 600,000.
};

/// Exact counts since open(). The writer thread stores dropped, failed, refused and withheld in the journal, for
/// whoever collects it (JournalReader::losses()), with each commit and once a second when nothing is recorded. dropped
/// is what record() refused for a full queue; failed is what was queued and could not be stored.
struct JournalCounters {
  std::int64_t recorded = 0;  ///< Acknowledged as durable.
  std::int64_t dropped = 0;
  std::int64_t failed = 0;
  std::int64_t queued = 0;  ///< Waiting now.
  std::int64_t commits = 0;
  std::int64_t refused = 0;  ///< What record() refused for another reason than a full queue: a field that breaks the
                             ///< rules, or more different texts than a journal takes (docs/spec/events.md).
  std::int64_t withheld =
      0;  ///< Events of units that were erased, recorded after that: not stored, acknowledged with kRefused.
};

/// What a sender process writes: one SQLite file in WAL mode, this process its only writer, one writer thread.
/// Events are committed in groups; an acknowledged event survives as Durability says. After a storage error nothing is
/// acknowledged falsely, and writing resumes by itself once the fault is gone: the events stay queued and are tried
/// again every 10 to 500 ms; what still cannot be stored when the journal is destroyed fails with kStorage. An event
/// that failed, or was never acknowledged, may or may not be in the file; recording it again under the same event_id is
/// safe. Events of one id may stand in a journal more than once; whoever collects them counts one. The writer thread
/// applies requests to erase units (erasure.hpp), in short steps between the commits. Thread-safety: every member from
/// any thread; after fork() a child's calls are refused with kUnavailable (its counters are zero). A child that never
/// destroys its copy holds the lock on the file until it ends.
class Journal {
 public:
  /// Called once for each accepted event, from the writer thread, in order; must not block or throw.
  using Ack = std::function<void(const Status&)>;

  /// Creates `<folder>/<host>-<pid>-<n>.db`, or opens the given `.db` file, whose owner must be gone; one that does not
  /// exist is created. Creates the folder. `clock` and `log` must outlive the journal.
  /// Errors: kInvalidArgument naming the option, kStorage (read-only, full, not a journal, a network file system),
  /// kUnavailable when another process holds it (the message names it), kUnsupportedVersion for a newer file, kRefused
  /// for another key or purpose.
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& folder_or_file,
                                                             Pseudonymizer pseudonymizer, const Clock& clock,
                                                             JournalOptions options = {}, LogSink* log = nullptr);

  /// Flushes what is queued, then closes. Takes at most close_timeout_ms longer than the system calls under way: one
  /// that hangs in the kernel cannot be given up.
  virtual ~Journal() = default;

  /// Queues the event and returns at once; `ack` tells when it is durable or why it is not.
  /// Takes about a microsecond, also while the disk stalls, unless the queue is full and WhenFull says to wait.
  /// Errors (then `ack` is not called): kInvalidArgument naming the field, kUnavailable when the queue is full. No
  /// error repeats an id or a value of the event.
  [[nodiscard]] virtual Status record(const Event& event, Ack ack = {}) = 0;

  /// As record(), with a future instead; ready at once with the error when the event is refused.
  [[nodiscard]] std::future<Status> record_with_future(const Event& event);

  /// Waits until everything recorded before this call is durable or failed. Errors: kStorage as soon as an attempt to
  /// store them has failed; they stay queued then and are tried again. Not to be called from an Ack.
  [[nodiscard]] virtual Status flush() = 0;

  [[nodiscard]] virtual JournalCounters counters() const noexcept = 0;
  [[nodiscard]] virtual const std::filesystem::path& file() const noexcept = 0;

 protected:
  Journal() = default;
};

}  // namespace tactful
