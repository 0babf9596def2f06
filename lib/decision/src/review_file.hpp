#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/decision/review.hpp"

namespace tactful {

/// The folder of an experiment's frozen reviews, held by one process at a time until it is destroyed.
class ReviewFolder {
 public:
  /// Makes it where it is missing, waits for the lock, and removes what an interrupted write left. Errors: kStorage.
  [[nodiscard]] static Result<ReviewFolder> open(const std::filesystem::path& folder, std::string_view key);
  ReviewFolder(ReviewFolder&& other) noexcept;
  ReviewFolder(const ReviewFolder&) = delete;
  ReviewFolder& operator=(ReviewFolder&&) = delete;
  ReviewFolder& operator=(const ReviewFolder&) = delete;
  ~ReviewFolder();

  /// Writes a file that is not there yet: temporary file beside it, fsync, read-only, linked under its name, fsync of
  /// the folder. Errors: kConflict when it exists, kStorage.
  [[nodiscard]] Status write_once(const std::string& name, std::string_view content) const;
  /// Renames a file to `<name>.discarded` (with a number where that exists). Gives the new name. Errors: kStorage.
  [[nodiscard]] Result<std::string> discard(const std::string& name) const;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  ReviewFolder(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::filesystem::path path_;
  int fd_;
};

/// `<number>-<date>.json`.
[[nodiscard]] std::string review_file_name(std::int64_t sequence, TimeMs as_of, UtcOffset offset);
/// The number in such a name, or nothing for other files.
[[nodiscard]] std::optional<std::int64_t> review_number(std::string_view name);
/// "reviews/<key>/<name>", as the ledger has it.
[[nodiscard]] std::string review_path(std::string_view key, std::string_view name);
/// Names of the frozen files in a folder, ascending by number; empty where there is no folder. Errors: kStorage.
[[nodiscard]] Result<std::vector<std::string>> review_files(const std::filesystem::path& folder, std::string_view key);

/// Whether a review takes a planned look as of a moment more than a day (kOnTime) before it is entered.
[[nodiscard]] bool is_entered_late(const ReviewInput& input, int look, const ReviewRequest& request);

/// The document that is frozen, without its scorecard's recomputation. `sequence` and `previous` are those of the
/// ledger entry that will name it.
[[nodiscard]] Json review_document(const ReviewInput& input, const Scorecard& card, int look,
                                   const ReviewRequest& request, std::int64_t sequence, const std::string& previous);

/// Its ledger entry's body. `content` are the file's bytes.
[[nodiscard]] Json review_body(const Json& document, const std::string& file, std::string_view content);

/// The parts of a document that the ledger has a digest of, by name, and everything else together ("head").
[[nodiscard]] Json part_digests(const Json& document);

/// Reads a document. Errors: kInvalidExperiment (where: member), kUnsupportedVersion.
[[nodiscard]] Result<FrozenReview> review_from_json(Json document);

/// Makes the scorecard again. Errors: those of evaluate_in().
[[nodiscard]] Result<Json> reproduce(const FrozenReview& review);

}  // namespace tactful
