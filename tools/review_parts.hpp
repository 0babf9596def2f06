#pragma once

#include "command.hpp"
#include "language.hpp"
#include "tactful/decision/review.hpp"

/// The parts of `tactful review` that look back.
namespace tactful::tools {

/// An experiment with its ledger and what that tells of reviews.
struct ReviewBook {
  std::string file;
  Experiment experiment;
  Ledger ledger;
  History history;
};

/// Errors: those of load_experiment(), Ledger::read() and history_of().
[[nodiscard]] Result<ReviewBook> open_book(const Arguments& arguments);

/// The frozen review with a number. Errors: kNotFound naming those that there are; those of read_review().
[[nodiscard]] Result<FrozenReview> frozen_review(const ReviewBook& book, std::int64_t number);

/// --list: every review in one line.
[[nodiscard]] Result<int> list_reviews(const ReviewBook& book, Language language, Console& console);
/// --show N: the frozen scorecard.
[[nodiscard]] Result<int> show_review(const ReviewBook& book, const Arguments& arguments, Language language,
                                      Console& console);
/// --verify N|all.
[[nodiscard]] Result<int> verify_reviews_command(const ReviewBook& book, const Arguments& arguments, Language language,
                                                 Console& console);
/// --recount N --store FILE: what the store says now of what was known then.
[[nodiscard]] Result<int> recount_review(const ReviewBook& book, const Arguments& arguments, Language language,
                                         Console& console);
/// --since N|DATE: what changed between that review and the latest.
[[nodiscard]] Result<int> changes_since(const ReviewBook& book, const Arguments& arguments, Language language,
                                        Console& console);

}  // namespace tactful::tools
