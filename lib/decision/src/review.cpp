#include "tactful/decision/review.hpp"

#include <algorithm>

#include "ledger_fields.hpp"
#include "review_file.hpp"
#include "tactful/core/file.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful {
namespace {

constexpr std::size_t kLongestNote = 4'000;

Status check_request(const ReviewInput& input, const ReviewRequest& request) {
  if (!is_label(request.by)) return nobody("a review names who takes it, as a label of 1 to 100 bytes");
  if (!request.role.empty() && !is_label(request.role))
    return Error{ErrorCode::kInvalidArgument, "a role is a label of 1 to 100 bytes", "role", ""};
  if (request.note.size() > kLongestNote || find_invalid_utf8(request.note))
    return Error{ErrorCode::kInvalidArgument, "a note is UTF-8 of at most 4,000 bytes", "note", ""};
  if (input.tally.as_of <= request.at) return {};
  return Error{ErrorCode::kRefused, "the data are as of " + format_time(input.tally.as_of) + ", which is still to come",
               "as_of", "a review looks at what is past"};
}

/// A later review must not know less than an earlier one: its looks would be taken in another order than spent.
Status check_order(const History& history, const ReviewInput& input, const std::string& version) {
  const ReviewEntry* latest = history.latest(version, input.phase ? input.phase->key : "pilot");
  if (latest == nullptr || input.tally.as_of >= latest->as_of) return {};
  const UtcOffset offset = input.experiment.utc_offset;
  return Error{ErrorCode::kRefused,
               "review " + std::to_string(latest->sequence) + " was as of " + format_time(latest->as_of, offset) +
                   "; a review after it cannot be as of " + format_time(input.tally.as_of, offset),
               "as_of", "look without reviewing: tactful evaluate; or show it again: tactful review --show N"};
}

bool is_named(const History& history, const std::string& file) {
  return std::any_of(history.reviews.begin(), history.reviews.end(),
                     [&](const ReviewEntry& review) { return review.file == file; });
}

/// Why an unnamed file cannot be entered now; empty when it can.
std::string why_not_entered(const FrozenReview& review, const std::string& name, const Experiment& experiment,
                            const Ledger& ledger) {
  const Json& document = review.document;
  const auto sequence = static_cast<std::int64_t>(ledger.entries().size()) + 1;
  if (document.find("previous")->as_string() != ledger.head() || document.find("sequence")->as_integer() != sequence ||
      review_number(name) != sequence)
    return "the ledger has gone on since";
  if (document.find("experiment")->as_string() != experiment.key) return "it is of another experiment";
  if (document.find("fingerprint")->as_string() != fingerprint(experiment))
    return "it is of another version of the experiment";
  const auto again = reproduce(review);
  if (!again) return "it does not reproduce: " + again.error().message;
  if (again->canonical() != review.scorecard().canonical()) return "it does not reproduce";
  return "";
}

LedgerEntry entry_of(const Experiment& experiment, const Json& document, const std::string& name,
                     std::string_view content) {
  return new_entry(experiment, LedgerAction::kReview, document.find("by")->as_string(),
                   document.find("role")->as_string(), parse_time(document.find("at")->as_string()).value_or(0),
                   review_body(document, review_path(experiment.key, name), content));
}

/// Enters or sets aside what an interrupted review left. A taken review when one was entered.
Result<std::optional<TakenReview>> tidy_up(const std::filesystem::path& folder, const ReviewFolder& held,
                                           const Experiment& experiment, const Ledger& ledger, const History& history,
                                           std::vector<std::string>& notes) {
  const auto names = review_files(folder, experiment.key);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (is_named(history, review_path(experiment.key, name))) continue;
    const auto content = read_file(held.path() / name);
    if (!content) return content.error();
    auto json = parse_json(*content, name);
    auto review = json ? review_from_json(*std::move(json)) : Result<FrozenReview>(json.error());
    const std::string why = review ? why_not_entered(*review, name, experiment, ledger) : review.error().message;
    if (!why.empty()) {
      const auto aside = held.discard(name);
      if (!aside) return aside.error();
      notes.push_back("a review that was interrupted before it was entered (" + name + ") is set aside as " + *aside +
                      ": " + why);
      continue;
    }
    auto entry = Ledger::append(Ledger::path_of(folder, experiment.key),
                                entry_of(experiment, review->document, name, *content), ledger.head());
    if (!entry) return entry.error();
    notes.push_back("the review that was interrupted before it was entered (" + name + ") is entered as it was made");
    TakenReview taken{*std::move(entry),
                      static_cast<int>(review->document.find("look")->as_integer()),
                      held.path() / name,
                      std::move(review->document),
                      true,
                      notes};
    return std::optional<TakenReview>(std::move(taken));
  }
  return std::optional<TakenReview>();
}

/// Planned looks since the latest one taken that this one would pass over.
std::string passed_over(const Scorecard& card) {
  std::string numbers;
  for (const ScorecardLook& look : card.looks) {
    if (look.planned >= card.look) break;
    if (look.taken) {
      numbers.clear();
    } else {
      numbers += (numbers.empty() ? "" : ", ") + std::to_string(look.planned);
    }
  }
  return numbers;
}

/// Minutes of a meeting may be entered later, as long as nothing later is known to the ledger and every look in between
/// is entered first: else who enters would choose the moment. The last look needs no choice.
Status check_late_entry(const History& history, const ReviewInput& input, const Scorecard& card) {
  if (const std::string before = card.is_last_look ? "" : passed_over(card); !before.empty()) {
    return Error{ErrorCode::kRefused,
                 "planned look " + std::to_string(card.look) + " cannot be entered late: it would pass over " + before,
                 "as_of",
                 "enter them first, each as of its date, or leave --as-of out: a late look is taken as of now"};
  }
  for (const ReviewEntry& review : history.reviews) {
    if (review.as_of <= input.tally.as_of) continue;
    const UtcOffset offset = input.experiment.utc_offset;
    return Error{ErrorCode::kRefused,
                 "a planned look cannot be taken as of " + format_time(input.tally.as_of, offset) + ": review " +
                     std::to_string(review.sequence) + " was as of " + format_time(review.as_of, offset),
                 "as_of", "leave --as-of out: a late look is taken as of now"};
  }
  return {};
}

Result<TakenReview> freeze(const std::filesystem::path& folder, const ReviewFolder& held, const ReviewInput& input,
                           const Ledger& ledger, const History& history, const ReviewRequest& request) {
  const auto card = evaluate_in(input.experiment, input.phase, input.tally, input.options);
  if (!card) return card.error();
  // A look is taken once: what is evaluated at its moment again, or after the end, is shown and enters no look.
  const auto is_it = [&](const TakenLook& one) { return one.planned == card->look; };
  const bool was_taken = std::any_of(input.options.taken.begin(), input.options.taken.end(), is_it);
  const int look = was_taken ? 0 : card->look;
  const bool is_late = is_entered_late(input, look, request);
  if (is_late) {
    if (const Status good = check_late_entry(history, input, *card); !good) return good.error();
  }
  const auto sequence = static_cast<std::int64_t>(ledger.entries().size()) + 1;
  Json document = review_document(input, *card, look, request, sequence, ledger.head());
  const std::string content = document.dump(1) + "\n";
  const std::string name = review_file_name(sequence, card->as_of, input.experiment.utc_offset);
  if (const Status written = held.write_once(name, content); !written) return written.error();
  auto entry = Ledger::append(Ledger::path_of(folder, input.experiment.key),
                              entry_of(input.experiment, document, name, content), ledger.head());
  if (!entry) {
    // Whether a failed write reached the disk is for the next review to find out; a conflict surely did not.
    if (entry.error().code == ErrorCode::kConflict) {
      std::error_code ignored;
      std::filesystem::remove(held.path() / name, ignored);
    }
    return entry.error();
  }
  TakenReview taken{*std::move(entry), look, held.path() / name, std::move(document), false, {}};
  if (is_late)
    taken.notes.push_back("entered late: as of " + format_date(card->as_of, input.experiment.utc_offset) +
                          "; the ledger says so");
  return taken;
}

}  // namespace

Result<TakenReview> take_review(const std::filesystem::path& folder, const ReviewInput& input, const Ledger& ledger,
                                const ReviewRequest& request) {
  if (const Status good = check_request(input, request); !good) return good.error();
  const auto held = ReviewFolder::open(folder, input.experiment.key);
  if (!held) return held.error();
  const auto present = Ledger::read(Ledger::path_of(folder, input.experiment.key));
  if (!present) return present.error();
  if (present->head() != ledger.head()) {
    return Error{ErrorCode::kConflict, "the ledger has gone on since it was read", input.experiment.key,
                 "somebody decided meanwhile; read it (tactful ledger show) and review again"};
  }
  const auto history = history_of(input.experiment, ledger);
  if (!history) return history.error();
  std::vector<std::string> notes;
  auto completed = tidy_up(folder, *held, input.experiment, ledger, *history, notes);
  if (!completed) return completed.error();
  if (*completed) return **std::move(completed);
  const std::string version = fingerprint(input.experiment);
  if (const Status order = check_order(*history, input, version); !order) return order.error();
  ReviewInput full{input.experiment, input.phase, input.tally,
                   with_history(input.options, *history, input.experiment, input.phase ? input.phase->key : "pilot")};
  full.options.as_review = true;
  if (input.tally.source == TallySource::kEvents) full.options.other_version_look.reset();
  // From now on the ledger is the record: looks without a review were missed.
  full.options.taken_is_known = true;
  auto taken = freeze(folder, *held, full, ledger, *history, request);
  if (taken) taken->notes.insert(taken->notes.begin(), notes.begin(), notes.end());
  return taken;
}

Result<FrozenReview> read_review(const std::filesystem::path& file) {
  const auto content = read_file(file);
  if (!content) return content.error();
  auto json = parse_json(*content, file.string());
  if (!json) return Error{ErrorCode::kInvalidExperiment, json.error().message, json.error().where, json.error().hint};
  auto review = review_from_json(*std::move(json));
  if (review) return review;
  Error error = review.error();
  error.where = file.string() + ":" + error.where;
  return error;
}

}  // namespace tactful
