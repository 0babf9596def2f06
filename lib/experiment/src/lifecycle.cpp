#include "object_reader.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/ledger.hpp"

namespace tactful {
namespace {

Error broken(const LedgerEntry& entry, std::string message, std::string hint) {
  return {ErrorCode::kInvalidExperiment, std::move(message), "ledger entry " + std::to_string(entry.sequence),
          std::move(hint)};
}

Result<Lifecycle> promoted(const Experiment& experiment, const LedgerEntry& entry, std::size_t promotion) {
  const Json* variant = entry.body.find("variant");
  if (variant == nullptr || !variant->is_string())
    return broken(entry, "a promotion names its \"variant\" in the body", "");
  if (!experiment.variant_index(variant->as_string())) {
    return broken(
        entry, "the promoted variant \"" + printable(variant->as_string()) + "\" is none of the experiment's variants",
        "undo the edit of the experiment file, or promote again");
  }
  Lifecycle result{Lifecycle::State::kPromoted,
                   variant->as_string(),
                   experiment.policy.holdback,
                   "rollout-" + std::to_string(promotion),
                   entry.at,
                   entry.fingerprint};
  if (const Json* holdback = entry.body.find("holdback")) {
    const auto fraction = holdback->is_number() ? to_fraction(holdback->as_number()) : std::nullopt;
    if (!fraction) return broken(entry, "\"holdback\" is no fraction with at most six decimals", "");
    result.holdback = *fraction;
  }
  if (const Json* phase = entry.body.find("phase")) {
    if (!phase->is_string() || !is_key(phase->as_string())) return broken(entry, "\"phase\" is no key", "");
    result.phase = phase->as_string();
  }
  return result;
}

}  // namespace

Result<Lifecycle> lifecycle_of(const Experiment& experiment, const Ledger& ledger) {
  Lifecycle state;
  std::size_t promotions = 0;
  for (const LedgerEntry& entry : ledger.entries()) {
    if (entry.experiment != experiment.key) {
      return broken(entry, "the entry belongs to the experiment \"" + printable(entry.experiment) + "\"",
                    "a ledger stands beside its own experiment file");
    }
    if (entry.action == LedgerAction::kPromote) {
      auto next = promoted(experiment, entry, ++promotions);
      if (!next) return next.error();
      state = std::move(next).value();
    } else if (entry.action == LedgerAction::kStop || entry.action == LedgerAction::kDemote) {
      state = Lifecycle{Lifecycle::State::kStopped, "", Fraction{}, state.phase, entry.at, entry.fingerprint};
    }
  }
  return state;
}

}  // namespace tactful
