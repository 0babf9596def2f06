#include "tactful/decision/review.hpp"

#include <algorithm>
#include <array>

#include "contact_files.hpp"
#include "escalations.hpp"
#include "evaluation.hpp"
#include "inputs.hpp"
#include "ledger_print.hpp"
#include "review_parts.hpp"
#include "tactful/core/text.hpp"
#include "tactful/core/version.hpp"

namespace tactful::tools {
namespace {

constexpr std::array kModes = {"--list", "--show", "--verify", "--recount", "--since"};

/// `look`: what the review takes, 0 for none; `shown`: what its scorecard is of.
std::string look_text(int look, int shown, Language language) {
  const std::string number = std::to_string(shown);
  if (look > 0) return say(language, "planned look " + number, "第 " + number + " 次计划评审");
  if (shown > 0)
    return say(language, "look " + number + " again, which was taken before", "再次查看第 " + number + " 次计划评审");
  return say(language, "an extra look, which spends nothing and can only stop", "额外查看：不消耗水平，只能停止");
}

Json taken_json(const TakenReview& taken) {
  Json notes = Json::array();
  for (const std::string& note : taken.notes) notes.push_back(note);
  Json object = Json::object();
  object.set("review", taken.entry.sequence).set("look", taken.look).set("file", taken.file.string());
  object.set("head", taken.entry.hash).set("completed", taken.was_completed).set("notes", std::move(notes));
  object.set("scorecard", *taken.document.find("scorecard"));
  return object;
}

void print_taken(const TakenReview& taken, const Scorecard& scorecard, Language language, Console& console) {
  for (const std::string& note : taken.notes) console.note("note: " + note);
  if (console.format == Format::kJson) {
    console.out.line(taken_json(taken).dump(2));
    return;
  }
  if (taken.was_completed) {
    console.warn(say(language,
                     "The review that was interrupted is entered; no other was taken. Run again for one as of now.",
                     "中断的评审已补记；没有进行新的评审。如需现在评审，请再运行一次。"));
  } else {
    print_scorecards({scorecard}, language, console);
  }
  const Json& recommendation = *taken.entry.body.find("recommendation");
  const std::string action = action_name(recommendation.find("action")->as_string(), language);
  const std::string number = std::to_string(taken.entry.sequence);
  // Of the frozen scorecard, which is an earlier one where an interrupted review was entered.
  const Json* shown = taken.document.find("scorecard")->find("look");
  const int shown_look = shown != nullptr && shown->is_integer() ? static_cast<int>(shown->as_integer()) : 0;
  const std::string look = look_text(taken.look, shown_look, language);
  console.out.line(say(language, "review " + number + " (" + look + "): " + action,
                       "评审 " + number + "（" + look + "）：" + action));
  console.out.line(say(language, "frozen in ", "冻结于 ") + taken.file.string());
  console.out.line(entry_line(taken.entry, language));
  console.out.line(say(language, "Put the head into the minutes: only that shows entries cut off the end.",
                       "请把链头写进会议纪要：只有它能显示末尾被删去的记录。"));
}

Status check_words(const Arguments& arguments) {
  if (const Status source = check_one_source(arguments, "review"); !source) return source.error();
  if (!arguments.has("--by"))
    return Error{ErrorCode::kInvalidArgument, "missing --by NAME: who takes the review", "review",
                 "to look without a review: tactful evaluate"};
  return {};
}

Result<int> take(const ReviewBook& book, const Arguments& arguments, Language language, Console& console) {
  if (const Status good = check_words(arguments); !good) return good.error();
  const auto lifecycle = lifecycle_of(book.experiment, book.ledger);
  if (!lifecycle) return lifecycle.error();
  const auto tallied = tally_store(book.experiment, book.ledger, arguments, lifecycle->phase, console);
  if (!tallied) return tallied.error();
  const ReviewInput input{book.experiment, tallied->phase, tallied->tally, evaluate_options(arguments)};
  const ReviewRequest request{*arguments.text("--by"), arguments.text_or("--role", ""), arguments.text_or("--note", ""),
                              std::max(now_ms(), tallied->tally.as_of), std::string(code_version())};
  const bool is_dry = arguments.has("--dry-run");
  EvaluateOptions options = tallied->options;
  options.taken_is_known = true;
  // A planned look that is seen is taken: who only asks which one it would be gets an extra look.
  options.as_review = !is_dry;
  options.as_extra = is_dry;
  auto scorecard = evaluate_in(book.experiment, tallied->phase, tallied->tally, options);
  if (!scorecard) return with_hint(scorecard.error());
  if (is_dry) {
    const bool has_dates = tallied->tally.source == TallySource::kEvents;
    const auto due = has_dates ? look_due(book.experiment, *tallied) : Result<int>(scorecard->planned_look ? 1 : 0);
    if (!due) return due.error();
    if (console.format == Format::kJson) {
      console.out.line(
          Json::object().set("would_review", true).set("look", *due).set("scorecard", to_json(*scorecard)).dump(2));
      return kDone;
    }
    print_scorecards({*scorecard}, language, console);
    const bool was_taken = std::any_of(options.taken.begin(), options.taken.end(),
                                       [&](const TakenLook& one) { return one.planned == *due; });
    const std::string look = look_text(was_taken ? 0 : *due, *due, language);
    console.out.line(say(language, "would be " + look + "; nothing was written", "将是" + look + "；什么都没有写入"));
    return kDone;
  }
  // Before anything is frozen: a contact state that cannot be read is a mistake to mend first.
  const auto escalations =
      escalations_of(arguments, folder_of(book.file), book.experiment, tallied->tally.as_of, console);
  if (!escalations) return escalations.error();
  const auto taken = take_review(folder_of(book.file), input, book.ledger, request);
  if (!taken) return with_hint(taken.error());
  print_taken(*taken, *scorecard, language, console);
  if (*escalations && console.format != Format::kJson) console.out.line(in_words(**escalations, book.experiment));
  return kDone;
}

Status check_modes(const Arguments& arguments) {
  std::vector<std::string> given;
  for (const char* mode : kModes)
    if (arguments.has(mode)) given.emplace_back(mode);
  if (given.size() > 1)
    return Error{ErrorCode::kInvalidArgument, given[0] + " and " + given[1] + " are two different things", given[1],
                 "give one of them"};
  if (given.empty()) return {};
  const bool recounts = given[0] == "--recount";
  for (const char* option : {"--by", "--role", "--note", "--dry-run", "--as-of", "--phase", "--randomised", "--waive",
                             "--store", "--threads", "--counts", "--encoding"}) {
    const std::string name = option;
    if (!arguments.has(name) || (recounts && (name == "--store" || name == "--threads"))) continue;
    return Error{ErrorCode::kInvalidArgument, name + " is for taking a review, and " + given[0] + " looks back", name,
                 "leave it out"};
  }
  if (recounts && !arguments.has("--store"))
    return Error{ErrorCode::kInvalidArgument, "--recount counts again from a store", "--store", "give --store FILE"};
  return {};
}

Result<int> run_review(const Arguments& arguments, Console& console) {
  if (const Status fits = check_modes(arguments); !fits) return fits.error();
  const auto language = language_option(arguments);
  if (!language) return language.error();
  const auto book = open_book(arguments);
  if (!book) return book.error();
  if (arguments.has("--list")) return list_reviews(*book, *language, console);
  if (arguments.has("--show")) return show_review(*book, arguments, *language, console);
  if (arguments.has("--verify")) return verify_reviews_command(*book, arguments, *language, console);
  if (arguments.has("--recount")) return recount_review(*book, arguments, *language, console);
  if (arguments.has("--since")) return changes_since(*book, arguments, *language, console);
  return take(*book, arguments, *language, console);
}

}  // namespace

Command review_command() {
  Command command;
  command.name = "review";
  command.summary =
      "Takes the review that is due: freezes its numbers and enters it into the ledger; looks back at others.";
  command.examples = {
      {"tactful review payment-reminder.json --store pilot.db --by 'Wang Wei' --note 'call centre asked about B'",
       "The weekly review: scorecard, frozen file, ledger entry, head for the minutes."},
      {"tactful review payment-reminder.json --counts may.csv --by 'Wang Wei'",
       "From counts alone; it decides only where the plan has one look."},
      {"tactful review payment-reminder.json --since 3", "What changed between review 3 and the latest."},
      {"tactful review payment-reminder.json --recount 3 --store pilot.db",
       "What the store says today of what was known at review 3: late events, erased customers."},
      {"tactful review payment-reminder.json --verify all",
       "Whether every frozen review reproduces to the last digit."}};
  command.positionals = {experiment_spec()};
  command.options = {{"--store", "FILE", "The store with the events."},
                     {"--by", "NAME", "Who takes it; written down as declared, not authenticated."},
                     role_spec(),
                     {"--note", "TEXT", "Kept beside the numbers."},
                     {"--dry-run", "", "Say which look it would be and show an extra look's scorecard; write nothing."},
                     {"--list", "", "Every review so far."},
                     {"--show", "N", "The frozen scorecard of review N."},
                     {"--verify", "N", "Make review N (or all) again from its own tally and compare digests."},
                     {"--recount", "N", "Count review N again from --store: what came late, what was erased."},
                     {"--since", "N|DATE", "What changed from that review to the latest."},
                     language_spec()};
  for (OptionSpec& option : evaluation_options("the phase in force (default), pilot"))
    command.options.push_back(std::move(option));
  for (OptionSpec& option : counts_options()) command.options.push_back(std::move(option));
  command.options.push_back(
      {"--state", "FILE", "The contact state that senders share: also say which escalations are due and overdue."});
  command.options.push_back({"--key", "FILE", "Key of its pseudonyms; default <state>.key."});
  command.formats = {Format::kTable, Format::kJson, Format::kMarkdown};
  command.details =
      "The planned look that is due is taken, late or early ones too; a second review of the same look is an extra "
      "look. A planned look as of more than a day ago (minutes entered late) is marked so in the ledger, and refused "
      "once "
      "a later review is there. N is the number of the ledger entry. A review that was interrupted before it was "
      "entered is entered, or "
      "set aside with a note, by the next one. Frozen files are never written again.";
  command.next =
      "tactful approve and tactful promote, tactful stop, or the next review; tactful override to decide otherwise.";
  command.run = run_review;
  return command;
}

}  // namespace tactful::tools
