#pragma once

#include <chrono>
#include <functional>

#include "tactful/journal/journal.hpp"

namespace tactful {

/// Stands in for a disk that stalls or fails; tests only.
struct JournalHooks {
  std::function<Status()>
      before_commit;  ///< On the writer thread, inside each transaction; an error is a failed commit.
  std::chrono::milliseconds idle{1'000};  ///< How often the writer thread looks around when nothing is recorded.
};

[[nodiscard]] Result<std::unique_ptr<Journal>> open_journal(const std::filesystem::path& folder_or_file,
                                                            Pseudonymizer pseudonymizer, const Clock& clock,
                                                            JournalOptions options, LogSink* log, JournalHooks hooks);

}  // namespace tactful
