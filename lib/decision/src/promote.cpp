#include "tactful/decision/promote.hpp"

#include <algorithm>

#include "evidence.hpp"
#include "ledger_fields.hpp"
#include "stopped_variants.hpp"
#include "tactful/core/text.hpp"
#include "tactful/decision/history.hpp"
#include "tactful/decision/phases.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful {
namespace {

const std::string* text_member(const Json& body, std::string_view key) {
  const Json* found = body.find(key);
  return found != nullptr && found->is_string() ? &found->as_string() : nullptr;
}

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// What same_person() compares.
std::string person(std::string_view name) {
  constexpr std::string_view kWideComma = "\xEF\xBC\x8C";
  name = name.substr(0, std::min(name.find(','), name.find(kWideComma)));
  std::string folded;
  for (const char c : trim(name)) {
    const bool is_blank = c == ' ' || c == '\t';
    if (is_blank && folded.ends_with(' ')) continue;
    folded += is_blank ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return folded;
}

/// The roles that an approval was given under, sorted; nothing where the entry does not say.
std::optional<std::vector<std::string>> recorded_roles(const LedgerEntry& entry) {
  const Json* list = entry.body.find("policy_approvals");
  if (list == nullptr || !list->is_array()) return std::nullopt;
  std::vector<std::string> roles;
  for (const Json& role : list->as_array()) {
    if (!role.is_string()) return std::nullopt;
    roles.push_back(role.as_string());
  }
  std::sort(roles.begin(), roles.end());
  return roles;
}

bool is_approval(const Experiment& experiment, const LedgerEntry& entry, const std::string& version) {
  return entry.action == LedgerAction::kApprove && entry.experiment == experiment.key && entry.fingerprint == version;
}

/// Policy and owner are outside the fingerprint: an approval stands for those it was given under only.
bool given_under_present_policy(const Experiment& experiment, const LedgerEntry& entry) {
  std::vector<std::string> roles = experiment.policy.approvals;
  std::sort(roles.begin(), roles.end());
  const std::string* owner = text_member(entry.body, "owner");
  const Json* rollout = entry.body.find("rollout_policy");
  return owner != nullptr && person(*owner) == person(experiment.owner) && recorded_roles(entry) == roles &&
         rollout != nullptr && *rollout == rollout_policy(experiment.policy);
}

struct Approval {
  std::string person, role;
};

/// Approvals of this variant that count, of those entered after `since`.
std::vector<Approval> counted_approvals(const Experiment& experiment, const Ledger& ledger, std::string_view variant,
                                        std::int64_t since = 0) {
  const std::string version = fingerprint(experiment);
  std::vector<Approval> approvals;
  for (const LedgerEntry& entry : ledger.entries()) {
    if (entry.sequence <= since) continue;
    if (!is_approval(experiment, entry, version) || !given_under_present_policy(experiment, entry)) continue;
    const std::string* approved = text_member(entry.body, "variant");
    if (approved == nullptr || *approved != variant) continue;
    if (person(entry.by).empty() || same_person(entry.by, experiment.owner)) continue;
    approvals.push_back({person(entry.by), entry.role});
  }
  return approvals;
}

/// Gives each role a person of its own, where that is possible (augmenting paths).
class RoleMatching {
 public:
  RoleMatching(const std::vector<std::string>& roles, const std::vector<Approval>& approvals)
      : roles_(roles), approvals_(approvals), person_of_(roles.size()) {}

  std::vector<std::string> unfilled() {
    std::vector<std::string> missing;
    for (std::size_t role = 0; role < roles_.size(); ++role) {
      std::vector<std::string> seen;
      if (!fill(role, seen)) missing.push_back(roles_[role]);
    }
    return missing;
  }

 private:
  bool fill(std::size_t role, std::vector<std::string>& seen) {
    for (const Approval& approval : approvals_) {
      if (approval.role != roles_[role] || contains(seen, approval.person)) continue;
      seen.push_back(approval.person);
      const auto taken = std::find(person_of_.begin(), person_of_.end(), approval.person);
      if (taken == person_of_.end() || fill(static_cast<std::size_t>(taken - person_of_.begin()), seen)) {
        person_of_[role] = approval.person;
        return true;
      }
    }
    return false;
  }

  const std::vector<std::string>& roles_;
  const std::vector<Approval>& approvals_;
  std::vector<std::string> person_of_;  ///< By role; empty where none is found yet.
};

/// A recommendation that is not to promote this variant. `whose`: "review 3".
void add_recommendation(const std::string& whose, std::string_view action, const std::string& variant,
                        const std::vector<std::string>& why, const PromoteRequest& request,
                        std::vector<std::string>& reasons) {
  if (action != to_string(Action::kPromote)) {
    reasons.push_back(whose + " recommends " + printable(action) + ", not promote");
    for (const std::string& reason : why) reasons.push_back(printable(reason));
  } else if (variant != request.variant) {
    reasons.push_back(whose + " recommends " + printable(variant) + ", not " + printable(request.variant));
  }
}

void add_evidence_obstacles(const Experiment& experiment, const Scorecard& scorecard, const PromoteRequest& request,
                            const Evidence& evidence, std::vector<std::string>& reasons) {
  // Over an override people decided otherwise, by name and with a reason that the ledger keeps.
  const bool is_overridden = evidence.override_entry != nullptr;
  const ReviewEntry* review = evidence.review;
  if (review != nullptr && !is_overridden)
    add_recommendation("review " + std::to_string(review->sequence), review->action, review->variant, review->reasons,
                       request, reasons);
  for (std::string& reason : review_obstacles(evidence, scorecard, scorecard.phase, request.at))
    reasons.push_back(std::move(reason));
  for (const std::string& check : waived_since(scorecard, review)) {
    reasons.push_back("the failed check " + check +
                      " is accepted here, but not by the latest review: who approves must "
                      "know (tactful review --waive " +
                      check + ")");
  }
  if (scorecard.experiment != experiment.key)
    reasons.push_back("the scorecard is of experiment " + printable(scorecard.experiment));
  if (scorecard.fingerprint != fingerprint(experiment))
    reasons.push_back("the scorecard was made with another version of the experiment; evaluate again");
  if (scorecard.as_of > request.at) {
    reasons.push_back("the scorecard is as of " + format_time(scorecard.as_of, scorecard.utc_offset) +
                      ", which is still to come: nobody can know then's numbers now");
  }
}

/// Steps go by the policy that the promotion began under: it is outside the fingerprint.
void add_policy_obstacles(const Experiment& experiment, const Ledger& ledger, const Lifecycle& lifecycle,
                          std::vector<std::string>& reasons) {
  if (lifecycle.state != Lifecycle::State::kPromoted) return;
  const LedgerEntry* latest = nullptr;
  for (const LedgerEntry& entry : ledger.entries()) {
    if (entry.action == LedgerAction::kPromote || entry.action == LedgerAction::kDemote) latest = &entry;
  }
  const Json* recorded = latest == nullptr ? nullptr : latest->body.find("rollout_policy");
  if (recorded == nullptr || *recorded == rollout_policy(experiment.policy)) return;
  reasons.push_back("policy.rollout, holdback, final_holdback or horizon_weeks is not what it was at ledger entry " +
                    std::to_string(latest->sequence) + ", by which this promotion goes; undo that edit");
}

std::string percent_of(Fraction share) {
  std::string text = Json(static_cast<double>(share.millionths) / 10'000.0).dump();
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text + " %";
}

void add_state_obstacles(const Experiment& experiment, const Scorecard& scorecard, const Lifecycle& lifecycle,
                         const PromoteRequest& request, std::vector<std::string>& reasons) {
  if (lifecycle.state == Lifecycle::State::kStopped) reasons.push_back("the experiment is stopped");
  if (const Status running = refuse_stopped(experiment, lifecycle.stopped_variants, request.variant); !running)
    reasons.push_back(running.error().message + "; " + running.error().hint);
  const bool is_promoted = lifecycle.state == Lifecycle::State::kPromoted;
  const auto next = next_step(experiment.policy, lifecycle);
  if (is_promoted && lifecycle.variant != request.variant) {
    reasons.push_back(printable(lifecycle.variant) + " is promoted; demote it first");
  } else if (is_promoted && !next) {
    reasons.push_back(printable(lifecycle.variant) + " is promoted already, in its last step");
  } else if (request.holdback && next && request.holdback->millionths < next->holdback.millionths) {
    reasons.push_back("a holdback of " + percent_of(*request.holdback) + " skips a step: the next one keeps " +
                      percent_of(next->holdback) + " on control (policy.rollout, holdback, final_holdback)");
  } else if (request.holdback && is_promoted && request.holdback->millionths >= lifecycle.holdback.millionths) {
    reasons.push_back("a holdback of " + percent_of(*request.holdback) + " is no step onward from " +
                      percent_of(lifecycle.holdback));
  }
  if (scorecard.phase != lifecycle.phase) {
    reasons.push_back("the scorecard is of phase " + printable(scorecard.phase) + ", and the experiment is in phase " +
                      lifecycle.phase);
  }
}

void add_approval_obstacles(const Experiment& experiment, const Ledger& ledger, const PromoteRequest& request,
                            const Scorecard& scorecard, const Evidence& evidence, std::vector<std::string>& reasons) {
  const std::string version = fingerprint(experiment);
  std::vector<std::string> dropped;
  bool has_other_policy = false;
  for (const LedgerEntry& entry : ledger.entries()) {
    if (!is_approval(experiment, entry, version)) continue;
    if (!given_under_present_policy(experiment, entry)) has_other_policy = true;
    for (const std::string& role : recorded_roles(entry).value_or(std::vector<std::string>{entry.role})) {
      if (!contains(experiment.policy.approvals, role) && !contains(dropped, role)) dropped.push_back(role);
    }
  }
  for (const std::string& role : dropped) {
    reasons.push_back("policy.approvals no longer names the role " + printable(role) +
                      ", which it named when this version was approved; undo that edit");
  }
  const bool is_overridden = evidence.override_entry != nullptr;
  const bool is_waived = evidence.review != nullptr && has_waivers(scorecard);
  const std::int64_t since = is_overridden ? evidence.override_entry->sequence
                             : is_waived   ? evidence.review->sequence
                                           : 0;
  const std::vector<Approval> approvals = counted_approvals(experiment, ledger, request.variant, since);
  const std::vector<std::string> missing = RoleMatching(experiment.policy.approvals, approvals).unfilled();
  for (const std::string& role : missing) {
    reasons.push_back("the role " + printable(role) + " has not approved " + printable(request.variant) +
                      " in this version of the experiment, by somebody who is not the owner and fills no other role");
  }
  const bool is_alone = std::all_of(approvals.begin(), approvals.end(),
                                    [&](const Approval& approval) { return approval.person == person(request.by); });
  if (missing.empty() && is_alone) {
    reasons.push_back("a promotion takes two people, and nobody but " + printable(request.by) + " has approved " +
                      printable(request.variant));
  }
  if (since > 0 && (is_alone || !missing.empty()))
    reasons.push_back("approvals count from the " +
                      std::string(is_overridden ? "override" : "review that accepted a failed check") +
                      " in ledger entry " + std::to_string(since) + " on, so that who approves knows of it");
  if (has_other_policy && (is_alone || !missing.empty()))
    reasons.push_back("approvals given under another policy or owner do not count; let them be given again");
}

/// What the promotion rests on, so that the ledger alone can answer for it.
Json promotion_body(const Scorecard& scorecard, const Evidence& evidence, const PromoteRequest& request,
                    Fraction holdback) {
  Json reasons = Json::array(), waived = Json::array();
  const ReviewEntry* review = evidence.review;
  for (const std::string& reason : review != nullptr ? review->reasons : scorecard.recommendation.reasons)
    reasons.push_back(reason);
  for (const Check& check : scorecard.checks) {
    if (check.waived) waived.push_back(check.check);
  }
  return Json::object()
      .set("variant", request.variant)
      .set("holdback", static_cast<double>(holdback.millionths) / static_cast<double>(Fraction::kWhole))
      .set("as_of", format_time(review != nullptr ? review->as_of : scorecard.as_of))
      .set("data_fingerprint", review != nullptr ? review->data_fingerprint : scorecard.data_fingerprint)
      .set("checked_as_of", format_time(scorecard.as_of))
      .set("randomisation", scorecard.randomisation)
      .set("waived", std::move(waived))
      .set("reasons", std::move(reasons));
}

/// Which step it is, until when it must be reviewed again, and which review and override it rests on.
void add_rollout(const Experiment& experiment, const Lifecycle& lifecycle, const Evidence& evidence,
                 const PromoteRequest& request, Fraction holdback, Json& body) {
  const auto next = next_step(experiment.policy, lifecycle);
  const std::int64_t step = lifecycle.state == Lifecycle::State::kPromoted ? lifecycle.step + 1 : 1;
  body.set("step", step).set("steps", next ? std::max(step, next->steps) : step);
  const Phase phase{"", request.variant, holdback, step, request.at, std::nullopt, ""};
  body.set("review_by", format_time(review_by(experiment, phase)));
  body.set("rollout_policy", rollout_policy(experiment.policy));
  if (evidence.review != nullptr) body.set("review", evidence.review->sequence);
  if (evidence.override_entry != nullptr) body.set("override", evidence.override_entry->sequence);
}

Fraction holdback_for(const Experiment& experiment, const Lifecycle& lifecycle, const PromoteRequest& request) {
  if (request.holdback) return *request.holdback;
  const auto next = next_step(experiment.policy, lifecycle);
  return next ? next->holdback : lifecycle.holdback;
}

}  // namespace

bool same_person(std::string_view a, std::string_view b) {
  const std::string first = person(a);
  return !first.empty() && first == person(b);
}

Status check_approval(const Experiment& experiment, const ApproveRequest& request) {
  if (person(request.by).empty()) return nobody("an approval names who gives it");
  if (!experiment.variant_index(request.variant)) {
    return Error{ErrorCode::kNotFound, "the experiment has no variant \"" + printable(request.variant) + "\"",
                 experiment.key, ""};
  }
  const std::vector<std::string>& roles = experiment.policy.approvals;
  if (!roles.empty() && !contains(roles, request.role)) {
    return Error{ErrorCode::kInvalidArgument,
                 "the experiment's policy asks for no approval by the role \"" + printable(request.role) + "\"", "role",
                 "it names its roles in policy.approvals"};
  }
  if (same_person(request.by, experiment.owner)) {
    return Error{ErrorCode::kRefused,
                 "not approved: " + printable(request.by) + " owns the experiment, and owners do not approve their own",
                 experiment.key, "let somebody else approve"};
  }
  return {};
}

Result<LedgerEntry> approve(const std::filesystem::path& folder, const Experiment& experiment,
                            const ApproveRequest& request) {
  if (const Status good = check_approval(experiment, request); !good) return good.error();
  const std::filesystem::path path = Ledger::path_of(folder, experiment.key);
  const auto ledger = Ledger::read(path);
  if (!ledger) return ledger.error();
  const auto lifecycle = lifecycle_of(experiment, *ledger);
  if (!lifecycle) return lifecycle.error();
  if (const Status running = refuse_stopped(experiment, lifecycle->stopped_variants, request.variant); !running)
    return running.error();
  Json policy = Json::array();
  for (const std::string& role : experiment.policy.approvals) policy.push_back(role);
  Json body = Json::object();
  body.set("decision", "promote").set("variant", request.variant);
  body.set("policy_approvals", std::move(policy)).set("owner", experiment.owner);
  body.set("rollout_policy", rollout_policy(experiment.policy));
  return Ledger::append(
      path, new_entry(experiment, LedgerAction::kApprove, request.by, request.role, request.at, std::move(body)));
}

std::vector<std::string> missing_approvals(const Experiment& experiment, const Ledger& ledger,
                                           std::string_view variant) {
  const std::vector<Approval> approvals = counted_approvals(experiment, ledger, variant);
  return RoleMatching(experiment.policy.approvals, approvals).unfilled();
}

Result<std::vector<std::string>> promotion_obstacles(const std::filesystem::path& folder, const Experiment& experiment,
                                                     const Scorecard& scorecard, const Ledger& ledger,
                                                     const PromoteRequest& request) {
  if (person(request.by).empty()) return nobody("a promotion names who makes it");
  const Fraction holdback = request.holdback.value_or(experiment.policy.holdback);
  if (holdback.millionths < 0 || holdback.millionths >= Fraction::kWhole) {
    return Error{ErrorCode::kInvalidArgument, "the share kept on control must be at least 0 and below 1", "holdback",
                 ""};
  }
  const auto lifecycle = lifecycle_of(experiment, ledger);
  if (!lifecycle) return lifecycle.error();
  const auto history = history_of(experiment, ledger);
  if (!history) return history.error();
  const auto evidence = evidence_of(folder, experiment, ledger, *history, *lifecycle, request.variant, request.at);
  if (!evidence) return evidence.error();
  std::vector<std::string> reasons;
  add_evidence_obstacles(experiment, scorecard, request, *evidence, reasons);
  add_state_obstacles(experiment, scorecard, *lifecycle, request, reasons);
  add_policy_obstacles(experiment, ledger, *lifecycle, reasons);
  add_approval_obstacles(experiment, ledger, request, scorecard, *evidence, reasons);
  return reasons;
}

Result<LedgerEntry> promote(const std::filesystem::path& folder, const Experiment& experiment,
                            const Scorecard& scorecard, const PromoteRequest& request) {
  const std::filesystem::path path = Ledger::path_of(folder, experiment.key);
  const auto ledger = Ledger::read(path);
  if (!ledger) return ledger.error();
  const auto reasons = promotion_obstacles(folder, experiment, scorecard, *ledger, request);
  if (!reasons) return reasons.error();
  if (!reasons->empty()) {
    std::string message = "not promoted: ";
    for (std::size_t i = 0; i < reasons->size(); ++i) message += (i == 0 ? "" : "; ") + (*reasons)[i];
    return Error{ErrorCode::kRefused, message, experiment.key, "mend what is named and review again"};
  }
  const auto lifecycle = lifecycle_of(experiment, *ledger);
  const auto history = history_of(experiment, *ledger);
  if (!lifecycle || !history) return !lifecycle ? lifecycle.error() : history.error();
  const Fraction holdback = holdback_for(experiment, *lifecycle, request);
  const auto evidence = evidence_of(folder, experiment, *ledger, *history, *lifecycle, request.variant, request.at);
  if (!evidence) return evidence.error();
  Json body = promotion_body(scorecard, *evidence, request, holdback);
  add_rollout(experiment, *lifecycle, *evidence, request, holdback, body);
  return Ledger::append(
      path, new_entry(experiment, LedgerAction::kPromote, request.by, request.role, request.at, std::move(body)),
      ledger->head());
}

}  // namespace tactful
