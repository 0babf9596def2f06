#pragma once

#include <functional>

#include "tactful/journal/journal.hpp"

namespace tactful {

/// Stands in for a disk that stalls or fails; tests only.
struct JournalHooks {
  std::function<Status()>
      before_commit;  ///< On the writer thread, inside each transaction; an error is a failed commit.
};

[[nodiscard]] Result<std::unique_ptr<Journal>> open_journal(const std::filesystem::path& folder_or_file,
                                                            Pseudonymizer pseudonymizer, const Clock& clock,
                                                            JournalOptions options, LogSink* log, JournalHooks hooks);

}  // namespace tactful
