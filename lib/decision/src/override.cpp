#include "tactful/decision/override.hpp"

#include <algorithm>
#include <array>

#include "ledger_fields.hpp"
#include "stopped_variants.hpp"
#include "tactful/core/text.hpp"
#include "tactful/decision/history.hpp"
#include "tactful/decision/phases.hpp"
#include "tactful/decision/promote.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful {
namespace {

constexpr std::array kDecisions = {Action::kPromote, Action::kContinue, Action::kStop, Action::kEndWithoutWinner};

Error bad(std::string message, std::string where, std::string hint = {}) {
  return {ErrorCode::kInvalidArgument, std::move(message), std::move(where), std::move(hint)};
}

bool is_somebody(const std::string& name) { return same_person(name, name); }

Status check_words(const Experiment& experiment, const OverrideRequest& request) {
  if (!is_somebody(request.by)) return nobody("an override names who decides");
  if (display_width(trim(request.reason)) < kShortestReason) {
    return bad("the reason says too little: it stays beside every later report", "reason",
               "say in a sentence why the recommendation is not followed");
  }
  const auto is_it = [&](Action action) { return to_string(action) == request.decision; };
  if (std::none_of(kDecisions.begin(), kDecisions.end(), is_it)) {
    std::string known;
    for (const Action action : kDecisions) known += (known.empty() ? "" : ", ") + std::string(to_string(action));
    return bad("\"" + printable(request.decision) + "\" is no decision", "decision", "one of " + known);
  }
  const bool promotes = is_it(Action::kPromote);
  if (promotes == request.variant.empty())
    return bad(promotes ? "a promotion names its variant" : "only a promotion names a variant", "variant");
  if (promotes && !experiment.variant_index(request.variant)) {
    return Error{ErrorCode::kNotFound, "the experiment has no variant \"" + printable(request.variant) + "\"",
                 "variant", ""};
  }
  return {};
}

/// Whether a planned look of the pilot recommended it, every role has approved it, and no alarm of it is latched: a
/// winner that was not taken because another one was.
Result<bool> was_recommended(const Experiment& experiment, const Ledger& ledger, const std::string& variant) {
  const auto history = history_of(experiment, ledger);
  if (!history) return history.error();
  const std::string version = fingerprint(experiment);
  const auto is_it = [&](const ReviewEntry& review) {
    return review.fingerprint == version && review.phase == "pilot" && review.look > 0 && review.variant == variant &&
           review.action == to_string(Action::kPromote);
  };
  for (const LatchedAlarm& alarm : history->latched(version, "pilot")) {
    if (alarm.variant == variant) return false;
  }
  return std::any_of(history->reviews.begin(), history->reviews.end(), is_it) &&
         missing_approvals(experiment, ledger, variant).empty();
}

Result<ReviewEntry> overridden_review(const Experiment& experiment, const History& history,
                                      const OverrideRequest& request) {
  const std::string version = fingerprint(experiment);
  const ReviewEntry* latest = nullptr;
  for (const ReviewEntry& review : history.reviews) {
    if (review.fingerprint == version) latest = &review;
  }
  const ReviewEntry* review = request.review ? history.find_review(*request.review) : latest;
  if (review == nullptr) {
    return Error{ErrorCode::kNotFound,
                 request.review ? "the ledger has no review " + std::to_string(*request.review)
                                : "this version of the experiment has no review that could be overridden",
                 "review", "take one first: tactful review"};
  }
  if (review != latest) {
    return Error{ErrorCode::kRefused,
                 "review " + std::to_string(review->sequence) + " is not the latest of this version", "review",
                 "decide on the latest: its numbers are what is known now"};
  }
  if (review->action == request.decision && review->variant == request.variant) {
    return Error{ErrorCode::kRefused,
                 "review " + std::to_string(review->sequence) + " recommends just that: there is nothing to override",
                 "decision", ""};
  }
  // Neither by promoting it, nor by not following the review that asked for its stop.
  const bool undoes = request.decision == to_string(Action::kContinue) && review->action == to_string(Action::kStop);
  const std::string& variant = undoes ? review->variant : request.variant;
  if (const Status running = refuse_stopped(experiment, history.stopped, variant); !running) return running.error();
  return *review;
}

}  // namespace

Result<std::int64_t> check_override(const Experiment& experiment, const Ledger& ledger,
                                    const OverrideRequest& request) {
  if (const Status good = check_words(experiment, request); !good) return good.error();
  const auto history = history_of(experiment, ledger);
  if (!history) return history.error();
  const auto review = overridden_review(experiment, *history, request);
  if (!review) return review.error();
  return review->sequence;
}

Result<LedgerEntry> override_review(const std::filesystem::path& folder, const Experiment& experiment,
                                    const OverrideRequest& request) {
  if (const Status good = check_words(experiment, request); !good) return good.error();
  const std::filesystem::path path = Ledger::path_of(folder, experiment.key);
  const auto ledger = Ledger::read(path);
  if (!ledger) return ledger.error();
  const auto history = history_of(experiment, *ledger);
  if (!history) return history.error();
  const auto review = overridden_review(experiment, *history, request);
  if (!review) return review.error();
  Json alarms = Json::array();
  for (const ReviewAlarm& alarm : review->alarms)
    alarms.push_back(Json::object().set("variant", alarm.variant).set("metric", alarm.metric));
  Json body = Json::object();
  body.set("reason", std::string(trim(request.reason)))
      .set("review", review->sequence)
      .set("recommended", review->action)
      .set("recommended_variant", review->variant)
      .set("decision", request.decision)
      .set("variant", request.variant)
      .set("alarms", std::move(alarms));
  return Ledger::append(
      path, new_entry(experiment, LedgerAction::kOverride, request.by, request.role, request.at, std::move(body)),
      ledger->head());
}

Status check_demotion(const Experiment& experiment, const Ledger& ledger, const DemoteRequest& request) {
  if (!is_somebody(request.by)) return nobody("a demotion names who makes it");
  if (trim(request.reason).empty()) return bad("a demotion says why", "reason");
  if (request.holdback && request.to.empty())
    return bad("everyone gets control: nobody is held back", "holdback", "leave it out, or name an earlier winner");
  if (request.holdback && (request.holdback->millionths < 0 || request.holdback->millionths >= Fraction::kWhole))
    return bad("the share kept on control must be at least 0 and below 1", "holdback");
  const auto states = lifecycles_of(experiment, ledger);
  if (!states) return states.error();
  const Lifecycle state = states->empty() ? Lifecycle{} : states->back();
  if (state.state != Lifecycle::State::kPromoted) {
    return Error{ErrorCode::kRefused, "nothing is promoted, so nothing can be demoted", experiment.key,
                 state.state == Lifecycle::State::kPilot ? "to end the pilot: tactful stop" : "everyone gets control"};
  }
  if (request.to.empty()) return {};
  if (const Status running = refuse_stopped(experiment, state.stopped_variants, request.to); !running) return running;
  if (request.to == state.variant)
    return Error{ErrorCode::kRefused, printable(request.to) + " is what is promoted now", "to", ""};
  const std::string version = fingerprint(experiment);
  const auto was_promoted = [&](const Lifecycle& one) {
    return one.state == Lifecycle::State::kPromoted && one.variant == request.to && one.fingerprint == version;
  };
  if (std::any_of(states->begin(), states->end(), was_promoted)) return {};
  const auto recommended = was_recommended(experiment, ledger, request.to);
  if (!recommended) return recommended.error();
  if (*recommended) return {};
  return Error{ErrorCode::kRefused,
               printable(request.to) +
                   " never won in this version: it was neither promoted, nor recommended by a planned "
                   "look and approved",
               "to", "leave it out: everyone gets control; or test it in an experiment of its own"};
}

Result<LedgerEntry> demote(const std::filesystem::path& folder, const Experiment& experiment,
                           const DemoteRequest& request) {
  const std::filesystem::path path = Ledger::path_of(folder, experiment.key);
  const auto ledger = Ledger::read(path);
  if (!ledger) return ledger.error();
  if (const Status good = check_demotion(experiment, *ledger, request); !good) return good.error();
  Json body = Json::object().set("reason", request.reason);
  if (!request.to.empty()) {
    const Fraction holdback = request.holdback.value_or(experiment.policy.holdback);
    const Phase phase{"", request.to, holdback, 1, request.at, std::nullopt, ""};
    body.set("review_by", format_time(review_by(experiment, phase)));
    body.set("rollout_policy", rollout_policy(experiment.policy));
    body.set("to", request.to)
        .set("holdback", static_cast<double>(holdback.millionths) / static_cast<double>(Fraction::kWhole));
  }
  return Ledger::append(
      path, new_entry(experiment, LedgerAction::kDemote, request.by, request.role, request.at, std::move(body)),
      ledger->head());
}

}  // namespace tactful
