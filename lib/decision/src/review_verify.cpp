#include <algorithm>

#include "review_file.hpp"
#include "tactful/core/file.hpp"
#include "tactful/core/text.hpp"
#include "tactful/core/version.hpp"
#include "tactful/decision/review_diff.hpp"

namespace tactful {
namespace {

constexpr std::size_t kMostPlaces = 3;

/// Checks one frozen file against its entry.
class Verifier {
 public:
  Verifier(const std::filesystem::path& folder, const ReviewEntry& entry, const Json& parts,
           std::vector<ReviewFinding>& findings)
      : entry_(entry), parts_(parts), file_(folder / entry.file), findings_(findings) {}

  Status run() {
    const auto content = read_file(file_);
    if (!content && content.error().code == ErrorCode::kNotFound) {
      find("", "the frozen file is missing", "take it back from a copy; its digest is in the ledger");
      return {};
    }
    if (!content) return content.error();
    const bool is_whole = ledger_digest(*content) == entry_.digest;
    auto json = parse_json(*content, file_.filename().string());
    if (!json) {
      find(json.error().where.substr(json.error().where.find(':') + 1), "the file was edited: " + json.error().message,
           kTakeBack);
      return {};
    }
    if (!is_whole) name_parts(*json);
    reproduce_from(*std::move(json), is_whole);
    return {};
  }

 private:
  static constexpr const char* kTakeBack = "take it back from a copy; a frozen review is never edited";

  void find(const std::string& place, std::string message, std::string hint) {
    findings_.push_back({entry_.sequence, file_.string() + (place.empty() ? "" : ":" + place), std::move(message),
                         std::move(hint), true});
  }

  /// Which parts are not those that were entered; only blanks were changed when all are.
  void name_parts(const Json& document) {
    std::size_t named = 0;
    if (document.is_object()) {
      const Json now = part_digests(document);
      for (const auto& [name, digest] : now.as_object()) {
        const Json* then = parts_.find(name);
        if (then != nullptr && *then == digest) continue;
        find(name == "head" ? "/" : "/" + name,
             "the file was edited: " + (name == "head" ? std::string("its head") : name) + " is not what was entered",
             kTakeBack);
        ++named;
      }
    }
    if (named == 0) find("", "the file was edited in its layout only: every value is what was entered", kTakeBack);
  }

  void reproduce_from(Json document, bool is_whole) {
    const auto review = review_from_json(std::move(document));
    if (!review) return find(review.error().where, "cannot be made again: " + review.error().message, kTakeBack);
    const auto again = reproduce(*review);
    if (!again) return find("/tally", "cannot be made again: " + again.error().message, hint_of(*review, is_whole));
    const auto changes = changes_between(review->scorecard(), *again);
    if (changes.empty()) return;
    std::string places;
    for (std::size_t i = 0; i < std::min(changes.size(), kMostPlaces); ++i)
      places += (i == 0 ? "" : "; ") + describe(changes[i]);
    if (changes.size() > kMostPlaces) places += "; and " + std::to_string(changes.size() - kMostPlaces) + " more";
    find("/scorecard", "made again from its own tally the scorecard is another one: " + places,
         hint_of(*review, is_whole));
  }

  static std::string hint_of(const FrozenReview& review, bool is_whole) {
    const std::string made = review.document.find("code_version")->as_string();
    if (!is_whole) return kTakeBack;
    if (made == code_version()) return "the file is what was entered: a bug of this release, please report it";
    return "the file is what was entered, by " + printable(made) + "; this is " + std::string(code_version()) +
           ": docs/changelog.md names what changes results";
  }

  const ReviewEntry& entry_;
  const Json& parts_;
  std::filesystem::path file_;
  std::vector<ReviewFinding>& findings_;
};

/// Files that no entry names: what a review left that was interrupted.
Status find_leftovers(const std::filesystem::path& folder, const Experiment& experiment, const History& history,
                      std::vector<ReviewFinding>& findings) {
  const auto names = review_files(folder, experiment.key);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    const std::string file = review_path(experiment.key, name);
    const auto is_it = [&](const ReviewEntry& review) { return review.file == file; };
    if (std::any_of(history.reviews.begin(), history.reviews.end(), is_it)) continue;
    findings.push_back({0, (folder / file).string(),
                        "the ledger names no such review: it was interrupted, or put there",
                        "the next review enters it when it can, else sets it aside", false});
  }
  return {};
}

}  // namespace

Result<std::vector<ReviewFinding>> verify_reviews(const std::filesystem::path& folder, const Experiment& experiment,
                                                  const Ledger& ledger, std::optional<std::int64_t> only) {
  const auto history = history_of(experiment, ledger);
  if (!history) return history.error();
  if (only && history->find_review(*only) == nullptr) {
    std::string known;
    for (const ReviewEntry& review : history->reviews)
      known += (known.empty() ? "" : ", ") + std::to_string(review.sequence);
    return Error{ErrorCode::kNotFound, "the ledger has no review " + std::to_string(*only), experiment.key,
                 known.empty() ? "it has none yet" : "it has " + known};
  }
  std::vector<ReviewFinding> findings;
  for (const ReviewEntry& review : history->reviews) {
    if (only && review.sequence != *only) continue;
    const Json* parts = ledger.entries()[static_cast<std::size_t>(review.sequence) - 1].body.find("parts");
    const Json none = Json::object();
    if (const Status run = Verifier(folder, review, parts == nullptr ? none : *parts, findings).run(); !run)
      return run.error();
  }
  if (!only) {
    if (const Status found = find_leftovers(folder, experiment, *history, findings); !found) return found.error();
  }
  return findings;
}

}  // namespace tactful
