#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/json.hpp"
#include "tactful/core/result.hpp"
#include "tactful/decision/history.hpp"
#include "tactful/decision/phases.hpp"
#include "tactful/decision/scorecard.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/experiment/ledger.hpp"
#include "tactful/tally/tally.hpp"

/// A review freezes what was known and what was recommended, `reviews/<key>/<number>-<date>.json` beside the experiment
/// file, and enters its digest into the ledger. The file never changes again and reproduces its scorecard to the last
/// digit from its own tally. Format: docs/spec/review.md.
namespace tactful {

inline constexpr std::string_view kReviewSchema = "tactful/review/1";

struct ReviewRequest {
  std::string by;            ///< Who, as declared; required.
  std::string role;          ///< May be empty.
  std::string note;          ///< What the meeting wants kept beside the numbers; may be empty.
  TimeMs at = 0;             ///< Now.
  std::string code_version;  ///< Of the program, tactful/core/version.hpp.
};

/// What was reviewed.
struct ReviewInput {
  const Experiment& experiment;
  std::optional<Phase> phase;  ///< Nothing for the pilot.
  const Tally& tally;          ///< Of that phase.
  EvaluateOptions options;     ///< Waivers and randomisation; what the ledger says is added here.
};

struct TakenReview {
  LedgerEntry entry;
  int look = 0;                ///< The planned look that it took, from 1; 0: an extra one, or one taken before.
  std::filesystem::path file;  ///< The frozen file.
  Json document;               ///< Its content.
  bool was_completed =
      false;  ///< An earlier review, interrupted before its ledger entry, was entered; none was taken now.
  std::vector<std::string> notes;  ///< What was found and tidied up, in words.
};

/// Takes the planned look that is due, else an extra one: evaluates with what the ledger says (taken looks, latched
/// alarms), writes the frozen file (0444, fsynced, never over another one) and enters it. `ledger` is the ledger as the
/// caller read it when the tally was made.
///
/// A process that ends between the two leaves a file that the ledger does not name. The next review enters it as it is
/// when the ledger has not gone on and the file reproduces (was_completed); else it sets it aside as `*.discarded` and
/// says so in notes. One review at a time: others wait.
/// A planned look as of more than a day before `at` (minutes entered late) is marked `entered_late`, in the file and
/// the ledger. The entry keeps the spending times that the look used: later looks stand on them, whatever dates the
/// file has. Errors: kInvalidArgument when nobody is named; kConflict when the ledger went on meanwhile; kRefused when
/// as_of is before the latest review's or after `at`, or a look is entered late after a later review of any version or
/// phase, or (but for the last) past a look that no review took; those of evaluate_in(), history_of() and Ledger::append(); kStorage.
[[nodiscard]] Result<TakenReview> take_review(const std::filesystem::path& folder, const ReviewInput& input,
                                              const Ledger& ledger, const ReviewRequest& request);

/// A frozen review as read from its file.
struct FrozenReview {
  Json document;          ///< As written.
  Experiment experiment;  ///< As it was then.
  std::optional<Phase> phase;
  EvaluateOptions options;
  Tally tally;
  [[nodiscard]] const Json& scorecard() const { return *document.find("scorecard"); }
};

/// Reads a frozen review. Errors: kNotFound, kStorage; kInvalidExperiment with the place, for one that does not say
/// what it must; kUnsupportedVersion.
[[nodiscard]] Result<FrozenReview> read_review(const std::filesystem::path& file);

/// Something wrong with a frozen review.
struct ReviewFinding {
  std::int64_t review = 0;  ///< Its number; 0 for a file that the ledger does not name.
  std::string where;        ///< File, and the member where it is known.
  std::string message, hint;
  bool is_error = true;  ///< A leftover that the next review tidies up is none.
  bool operator==(const ReviewFinding&) const = default;
};

/// Compares each frozen review (or the one asked for) with the digests in the ledger and makes its scorecard again from
/// its tally: any edit of a byte is found, and where. Findings are in the value; empty: all stand as they were entered.
/// Errors: kNotFound for a number that is no review; those of history_of(); kStorage.
[[nodiscard]] Result<std::vector<ReviewFinding>> verify_reviews(const std::filesystem::path& folder,
                                                                const Experiment& experiment, const Ledger& ledger,
                                                                std::optional<std::int64_t> only = std::nullopt);

}  // namespace tactful
