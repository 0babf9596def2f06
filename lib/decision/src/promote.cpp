#include "tactful/decision/promote.hpp"

#include <algorithm>

#include "tactful/experiment/experiment_file.hpp"

namespace tactful {
namespace {

const Json* text_member(const Json& body, std::string_view key) {
  const Json* found = body.find(key);
  return found != nullptr && found->is_string() ? found : nullptr;
}

/// Everything that stands in the way, in words.
std::vector<std::string> obstacles(const Experiment& experiment, const Scorecard& scorecard,
                                   const PromoteRequest& request, const Ledger& ledger, const Lifecycle& lifecycle) {
  std::vector<std::string> reasons;
  if (scorecard.experiment != experiment.key)
    reasons.push_back("the scorecard is of experiment " + scorecard.experiment);
  if (scorecard.fingerprint != fingerprint(experiment)) {
    reasons.push_back("the scorecard was made with another version of the experiment; evaluate again");
  }
  const Recommendation& recommendation = scorecard.recommendation;
  if (recommendation.action != Action::kPromote) {
    reasons.push_back("the scorecard recommends " + std::string(to_string(recommendation.action)) +
                      (recommendation.reasons.empty() ? "" : ": " + recommendation.reasons.front()));
  } else if (recommendation.variant != request.variant) {
    reasons.push_back("the scorecard recommends " + recommendation.variant + ", not " + request.variant);
  }
  if (scorecard.phase != lifecycle.phase) {
    reasons.push_back("the scorecard is of phase " + scorecard.phase + ", and the experiment is in phase " +
                      lifecycle.phase);
  }
  if (lifecycle.state == Lifecycle::State::kStopped) reasons.push_back("the experiment is stopped");
  if (lifecycle.state == Lifecycle::State::kPromoted) reasons.push_back(lifecycle.variant + " is promoted already");
  for (const std::string& role : missing_approvals(experiment, ledger, request.variant)) {
    reasons.push_back("role " + role + " has not approved " + request.variant + " in this version of the experiment");
  }
  return reasons;
}

}  // namespace

std::vector<std::string> missing_approvals(const Experiment& experiment, const Ledger& ledger,
                                           std::string_view variant) {
  const std::string current = fingerprint(experiment);
  std::vector<std::string> missing;
  for (const std::string& role : experiment.policy.approvals) {
    const bool approved = std::any_of(ledger.entries().begin(), ledger.entries().end(), [&](const LedgerEntry& entry) {
      if (entry.action != LedgerAction::kApprove || entry.role != role) return false;
      if (entry.experiment != experiment.key || entry.fingerprint != current || entry.by == experiment.owner)
        return false;
      const Json* approved_variant = text_member(entry.body, "variant");
      return approved_variant != nullptr && approved_variant->as_string() == variant;
    });
    if (!approved) missing.push_back(role);
  }
  return missing;
}

Result<LedgerEntry> promote(const std::filesystem::path& folder, const Experiment& experiment,
                            const Scorecard& scorecard, const PromoteRequest& request) {
  if (request.by.empty())
    return Error{ErrorCode::kInvalidArgument, "a promotion names who makes it", "by", "give a name"};
  const Fraction holdback = request.holdback.value_or(experiment.policy.holdback);
  if (holdback.millionths < 0 || holdback.millionths >= Fraction::kWhole) {
    return Error{ErrorCode::kInvalidArgument, "the share kept on control must be at least 0 and below 1", "holdback",
                 ""};
  }
  const std::filesystem::path path = Ledger::path_of(folder, experiment.key);
  const auto ledger = Ledger::read(path);
  if (!ledger) return ledger.error();
  const auto lifecycle = lifecycle_of(experiment, *ledger);
  if (!lifecycle) return lifecycle.error();
  const std::vector<std::string> reasons = obstacles(experiment, scorecard, request, *ledger, *lifecycle);
  if (!reasons.empty()) {
    std::string message = "not promoted: ";
    for (std::size_t i = 0; i < reasons.size(); ++i) message += (i == 0 ? "" : "; ") + reasons[i];
    return Error{ErrorCode::kRefused, message, experiment.key, "mend what is named and evaluate again"};
  }
  LedgerEntry entry;
  entry.at = request.at;
  entry.by = request.by;
  entry.role = request.role;
  entry.action = LedgerAction::kPromote;
  entry.experiment = experiment.key;
  entry.fingerprint = fingerprint(experiment);
  entry.body = Json::object()
                   .set("variant", request.variant)
                   .set("holdback", static_cast<double>(holdback.millionths) / static_cast<double>(Fraction::kWhole))
                   .set("data_fingerprint", scorecard.data_fingerprint)
                   .set("reasons", [&] {
                     Json list = Json::array();
                     for (const std::string& reason : scorecard.recommendation.reasons) list.push_back(reason);
                     return list;
                   }());
  return Ledger::append(path, std::move(entry), ledger->head());
}

}  // namespace tactful
