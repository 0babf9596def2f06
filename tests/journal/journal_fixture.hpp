#pragma once

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "journal_hooks.hpp"
#include "support/temp_dir.hpp"
#include "tactful/journal/journal.hpp"
#include "tactful/journal/journal_reader.hpp"

namespace tactful::test {

class FixedClock final : public Clock {
 public:
  [[nodiscard]] TimeMs now_ms() const noexcept override { return now; }
  std::atomic<TimeMs> now{1'780'000'000'000};
};

/// Keeps what is logged.
class MemoryLog final : public LogSink {
 public:
  void log(LogLevel, std::string_view message) noexcept override {
    const std::lock_guard lock(mutex_);
    text_.append(message).push_back('\n');
  }
  [[nodiscard]] std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

/// A disk that can be made to stall or to fail: the hook of each commit passes through here.
class FaultyDisk {
 public:
  [[nodiscard]] JournalHooks hooks() {
    return {[this] { return pass(); }};
  }
  void stall() { set(true, false); }
  void fail() { set(false, true); }
  void work() { set(false, false); }
  /// Waits until a commit has arrived since the last stall() or fail().
  void wait_for_commit() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return arrived_ > 0; });
  }
  [[nodiscard]] int arrived() {
    const std::lock_guard lock(mutex_);
    return arrived_;
  }

 private:
  Status pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !stalled_; });
    if (failing_) return Error{ErrorCode::kStorage, "the disk is on fire", "", ""};
    return {};
  }
  void set(bool stalled, bool failing) {
    const std::lock_guard lock(mutex_);
    stalled_ = stalled;
    failing_ = failing;
    arrived_ = 0;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stalled_ = false, failing_ = false;
  int arrived_ = 0;
};

/// A small file system of its own, where the test may make one.
class TmpfsMount {
 public:
  TmpfsMount(const std::filesystem::path& where, const char* options) : path_(where) {
    std::filesystem::create_directories(where);
    mounted_ = ::mount("tmpfs", where.c_str(), "tmpfs", 0, options) == 0;
  }
  ~TmpfsMount() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  TmpfsMount(const TmpfsMount&) = delete;
  TmpfsMount& operator=(const TmpfsMount&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] bool make_read_only() const {
    return ::mount("tmpfs", path_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) == 0;
  }

 private:
  std::filesystem::path path_;
  bool mounted_ = false;
};

inline Pseudonymizer pseudonymizer(std::string_view purpose = "reminders", unsigned char fill = 7) {
  std::array<unsigned char, 32> key;
  key.fill(fill);
  return Pseudonymizer::from_key(key, purpose).value();
}

inline Event outcome(std::string_view unit, std::string_view event_id = {}, double value = 1.0) {
  Event event;
  event.type = EventType::kOutcome;
  event.unit = unit;
  event.at = 1'779'999'000'000;
  event.event_id = event_id;
  event.source = "crm";
  event.kind = "converted";
  event.value = value;
  return event;
}

inline std::unique_ptr<Journal> open_or_fail(const std::filesystem::path& path, const Clock& clock,
                                             JournalOptions options = {}, JournalHooks hooks = {},
                                             LogSink* log = nullptr) {
  auto journal = open_journal(path, pseudonymizer(), clock, options, log, std::move(hooks));
  EXPECT_TRUE(journal.has_value()) << describe(journal.error());
  return std::move(journal).value();
}

inline std::vector<StoredEvent> read_all(const std::filesystem::path& file) {
  auto reader = JournalReader::open(file);
  EXPECT_TRUE(reader.has_value()) << describe(reader.error());
  std::vector<StoredEvent> all;
  while (true) {
    auto some = (*reader)->read(all.empty() ? 0 : all.back().sequence, 1'000);
    EXPECT_TRUE(some.has_value()) << describe(some.error());
    if (!some || some->empty()) return all;
    all.insert(all.end(), some->begin(), some->end());
  }
}

}  // namespace tactful::test
