#include "review_parts.hpp"

#include <charconv>

#include "evaluation.hpp"
#include "inputs.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"
#include "tactful/decision/review_diff.hpp"
#include "tactful/tally/tally_events.hpp"

namespace tactful::tools {
namespace {

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number < 1) return std::nullopt;
  return number;
}

Result<std::int64_t> number_option(const Arguments& arguments, const char* name) {
  const std::string given = *arguments.text(name);
  if (const auto number = whole_number(given)) return *number;
  return Error{ErrorCode::kInvalidArgument, "\"" + printable(given) + "\" is no number of a review", name,
               "the numbers are in: tactful review EXPERIMENT --list"};
}

Error no_review(const ReviewBook& book, const std::string& message, const char* where) {
  std::string known;
  for (const ReviewEntry& review : book.history.reviews)
    known += (known.empty() ? "" : ", ") + std::to_string(review.sequence);
  return {ErrorCode::kNotFound, message, where, known.empty() ? "there are none yet" : "there are " + known};
}

Json changes_json(const std::vector<ReviewChange>& changes) {
  Json list = Json::array();
  for (const ReviewChange& change : changes)
    list.push_back(Json::object().set("where", change.where).set("before", change.before).set("after", change.after));
  return list;
}

void print_changes(const std::vector<ReviewChange>& changes, std::size_t all, Language language, Console& console) {
  if (changes.empty()) {
    console.out.line(say(language, "nothing that decides has changed", "影响决定的内容没有变化"));
  }
  for (const ReviewChange& change : changes) console.out.line("  " + describe(change));
  if (all > changes.size()) {
    const auto more = static_cast<std::int64_t>(all - changes.size());
    console.out.line(say(language,
                         "  and " + counted(more, "other value", "other values") + " that follow (--json lists all)",
                         "  另有 " + std::to_string(more) + " 个随之变化的数值（--json 列出全部）"));
  }
}

/// The review of a number, or the latest at or before a date.
Result<const ReviewEntry*> review_since(const ReviewBook& book, const std::string& given) {
  if (const auto number = whole_number(given)) {
    if (const ReviewEntry* review = book.history.find_review(*number)) return review;
    return no_review(book, "there is no review " + given, "--since");
  }
  const auto time = parse_time(given, book.experiment.utc_offset);
  if (!time)
    return Error{ErrorCode::kInvalidArgument, "\"" + printable(given) + "\" is neither a review's number nor a date",
                 "--since", time.error().message};
  const ReviewEntry* found = nullptr;
  for (const ReviewEntry& review : book.history.reviews) {
    if (review.as_of < *time + kMillisecondsPerDay) found = &review;
  }
  if (found != nullptr) return found;
  return no_review(book, "there is no review up to " + format_date(*time, book.experiment.utc_offset), "--since");
}

}  // namespace

Result<ReviewBook> open_book(const Arguments& arguments) {
  ReviewBook book;
  book.file = *arguments.text("EXPERIMENT");
  auto experiment = load_experiment(book.file);
  if (!experiment) return experiment.error();
  book.experiment = *std::move(experiment);
  auto ledger = ledger_beside(book.file, book.experiment);
  if (!ledger) return ledger.error();
  book.ledger = *std::move(ledger);
  auto history = history_of(book.experiment, book.ledger);
  if (!history) return history.error();
  book.history = *std::move(history);
  return book;
}

Result<FrozenReview> frozen_review(const ReviewBook& book, std::int64_t number) {
  const ReviewEntry* entry = book.history.find_review(number);
  if (entry == nullptr) return no_review(book, "there is no review " + std::to_string(number), "review");
  return read_review(folder_of(book.file) / entry->file);
}

Result<int> list_reviews(const ReviewBook& book, Language language, Console& console) {
  Table table{{"review", "as_of", "phase", "look", "action", "variant", "alarms", "by", "file"}, {}};
  for (const ReviewEntry& review : book.history.reviews) {
    std::string alarms;
    for (const ReviewAlarm& alarm : review.alarms)
      alarms += (alarms.empty() ? "" : ", ") + alarm.metric + " " + alarm.variant;
    table.rows.push_back({review.sequence, format_time(review.as_of, book.experiment.utc_offset), review.phase,
                          review.look, review.action, review.variant, alarms, review.by, review.file});
  }
  if (console.format != Format::kJson && table.rows.empty()) {
    console.out.line(say(language, "no review yet", "还没有评审"));
    return kDone;
  }
  console.out.write(render(table, console.format));
  if (console.format == Format::kJson) console.out.line("");
  return kDone;
}

Result<int> show_review(const ReviewBook& book, const Arguments& arguments, Language language, Console& console) {
  const auto number = number_option(arguments, "--show");
  if (!number) return number.error();
  const auto review = frozen_review(book, *number);
  if (!review) return review.error();
  if (console.format == Format::kJson) {
    console.out.line(review->document.dump(2));
    return kDone;
  }
  const auto findings = verify_reviews(folder_of(book.file), book.experiment, book.ledger, *number);
  if (!findings) return findings.error();
  if (!findings->empty())
    return Error{ErrorCode::kInvalidExperiment, findings->front().message, findings->front().where,
                 findings->front().hint};
  const auto card = evaluate_in(review->experiment, review->phase, review->tally, review->options);
  if (!card) return card.error();
  print_scorecards({*card}, language, console);
  const Json& document = review->document;
  const std::string by = printable(document.find("by")->as_string()), note = document.find("note")->as_string();
  console.out.line(say(language, "review " + std::to_string(*number) + " by " + by,
                       "评审 " + std::to_string(*number) + "，由 " + by) +
                   (note.empty() ? "" : ": " + printable(note)));
  return kDone;
}

Result<int> verify_reviews_command(const ReviewBook& book, const Arguments& arguments, Language language,
                                   Console& console) {
  std::optional<std::int64_t> only;
  if (*arguments.text("--verify") != "all") {
    const auto number = number_option(arguments, "--verify");
    if (!number) return number.error();
    only = *number;
  }
  const auto findings = verify_reviews(folder_of(book.file), book.experiment, book.ledger, only);
  if (!findings) return findings.error();
  bool is_broken = false;
  Json list = Json::array();
  for (const ReviewFinding& finding : *findings) {
    is_broken = is_broken || finding.is_error;
    list.push_back(Json::object()
                       .set("review", finding.review == 0 ? Json() : Json(finding.review))
                       .set("severity", finding.is_error ? "error" : "warning")
                       .set("where", finding.where)
                       .set("message", finding.message)
                       .set("hint", finding.hint));
    if (console.format == Format::kJson) continue;
    console.out.line((finding.is_error ? say(language, "error: ", "错误：") : say(language, "warning: ", "警告：")) +
                     finding.where + ": " + finding.message);
    if (!finding.hint.empty()) console.out.line("  " + finding.hint);
  }
  const auto count = only ? std::int64_t{1} : static_cast<std::int64_t>(book.history.reviews.size());
  if (console.format == Format::kJson) {
    console.out.line(
        Json::object().set("reviews", count).set("whole", !is_broken).set("findings", std::move(list)).dump(2));
  } else if (!is_broken) {
    console.out.line(say(language, counted(count, "review", "reviews") + " as entered, reproduced to the last digit",
                         std::to_string(count) + " 份评审与记录一致，逐位重现"));
  }
  return is_broken ? kBadExperiment : kDone;
}

Result<int> recount_review(const ReviewBook& book, const Arguments& arguments, Language language, Console& console) {
  const auto number = number_option(arguments, "--recount");
  if (!number) return number.error();
  const auto threads = arguments.integer("--threads", 1, 1, 64);
  if (!threads) return threads.error();
  const auto review = frozen_review(book, *number);
  if (!review) return review.error();
  if (review->tally.source == TallySource::kCounts)
    return Error{ErrorCode::kInsufficientData,
                 "review " + std::to_string(*number) + " is of counts, which no store can count again", "--recount",
                 "its data fingerprint says whether a file has the same counts: tactful review --show " +
                     std::to_string(*number)};
  const auto store = Store::open(*arguments.text("--store"), Store::Mode::kReadOnly, console.log.get());
  if (!store) return store.error();
  TallyOptions options;
  options.as_of = review->tally.as_of;
  options.phase = review->tally.phase;
  options.threads = static_cast<int>(*threads);
  options.looks.emplace();
  for (const LookTally& look : review->tally.looks) options.looks->push_back(look.at);
  options.stopped = review->options.stopped;
  if (review->phase) options.enrolment_end = phase_experiment(review->experiment, *review->phase).plan.enrolment_end;
  const auto tally = tally_events(experiment_for_tally(review->experiment, review->phase), **store, options);
  if (!tally) return tally.error();
  const auto card = evaluate_in(review->experiment, review->phase, *tally, review->options);
  if (!card) return card.error();
  const Json now = to_json(*card);
  auto telling = telling_changes(review->scorecard(), now);
  const auto all = changes_between(review->scorecard(), now);
  const Json before = to_json(review->tally), after = to_json(*tally);
  const auto counts = changes_between(*before.find("integrity"), *after.find("integrity"));
  if (console.format == Format::kJson) {
    console.out.line(
        Json::object()
            .set("review", *number)
            .set("as_of", format_time(review->tally.as_of))
            .set("data_fingerprint",
                 Json::object().set("before", review->tally.data_fingerprint).set("after", tally->data_fingerprint))
            .set("integrity", changes_json(counts))
            .set("changes", changes_json(all))
            .dump(2));
    return kDone;
  }
  console.out.line(say(language,
                       "review " + std::to_string(*number) + " counted again as of " +
                           format_time(review->tally.as_of, book.experiment.utc_offset) + ":",
                       "评审 " + std::to_string(*number) + " 按 " +
                           format_time(review->tally.as_of, book.experiment.utc_offset) + " 重新计数："));
  for (const ReviewChange& change : counts) telling.push_back(change);
  print_changes(telling, all.size() + counts.size(), language, console);
  return kDone;
}

Result<int> changes_since(const ReviewBook& book, const Arguments& arguments, Language language, Console& console) {
  const auto from = review_since(book, *arguments.text("--since"));
  if (!from) return from.error();
  const ReviewEntry& first = **from;
  const ReviewEntry* last = nullptr;
  for (const ReviewEntry& review : book.history.reviews) {
    if (review.phase == first.phase) last = &review;
  }
  if (last->sequence == first.sequence)
    return no_review(book, "there is no review after " + std::to_string(first.sequence) + " in its phase", "--since");
  const auto before = frozen_review(book, first.sequence), after = frozen_review(book, last->sequence);
  if (!before || !after) return !before ? before.error() : after.error();
  const auto telling = telling_changes(before->scorecard(), after->scorecard());
  const auto all = changes_between(before->scorecard(), after->scorecard());
  if (console.format == Format::kJson) {
    console.out.line(Json::object()
                         .set("from", first.sequence)
                         .set("to", last->sequence)
                         .set("telling", changes_json(telling))
                         .set("changes", changes_json(all))
                         .dump(2));
    return kDone;
  }
  const std::string a = std::to_string(first.sequence), b = std::to_string(last->sequence);
  console.out.line(say(language, "from review " + a + " to review " + b + ":", "从评审 " + a + " 到评审 " + b + "："));
  print_changes(telling, all.size(), language, console);
  return kDone;
}

}  // namespace tactful::tools
