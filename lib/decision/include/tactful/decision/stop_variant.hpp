#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/core/time.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/experiment/ledger.hpp"

namespace tactful {

struct StopVariantRequest {
  std::string variant;  ///< Which; not control.
  std::string by;       ///< Who, as declared; required.
  std::string role;
  std::string reason;  ///< Why; required.
  TimeMs at = 0;
};

/// Stops one wording of a pilot with several, for good: from the senders' next reload its customers get control and are
/// not enrolled, everybody else's assignment is what it was, and the others are tested at the levels that they had
/// (Lifecycle::stopped_variants, EvaluateOptions::stopped). Errs on the safe side: one person is enough, and no review
/// is asked for. The last wording's stop stops the pilot. Errors: kInvalidArgument for nobody or no reason; kNotFound
/// for a variant that the experiment lacks; kRefused for control, and after a promotion; kConflict for what is stopped
/// already; those of lifecycle_of() and Ledger::append().
[[nodiscard]] Result<LedgerEntry> stop_variant(const std::filesystem::path& folder, const Experiment& experiment,
                                               const StopVariantRequest& request);

/// The variants that go on after it, without entering anything; empty: the pilot as a whole stops. Errors: as
/// stop_variant().
[[nodiscard]] Result<std::vector<std::string>> check_variant_stop(const Experiment& experiment, const Ledger& ledger,
                                                                  const StopVariantRequest& request);

}  // namespace tactful
