#include <algorithm>

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

/// The promoted variant, which stands under another name where a demotion goes back to an earlier one.
Result<std::string> variant_of(const Experiment& experiment, const LedgerEntry& entry, std::string_view member) {
  const Json* variant = entry.body.find(member);
  if (variant == nullptr || !variant->is_string())
    return broken(entry, "a promotion names its \"variant\" in the body", "");
  if (!experiment.variant_index(variant->as_string())) {
    return broken(
        entry, "the promoted variant \"" + printable(variant->as_string()) + "\" is none of the experiment's variants",
        "undo the edit of the experiment file, or promote again");
  }
  return variant->as_string();
}

Status read_step(const LedgerEntry& entry, Lifecycle& result) {
  if (const Json* step = entry.body.find("step")) {
    if (!step->is_integer() || step->as_integer() < 1) return broken(entry, "\"step\" is no whole number from 1", "");
    result.step = step->as_integer();
  }
  if (const Json* review_by = entry.body.find("review_by")) {
    const auto time = review_by->is_string() ? parse_time(review_by->as_string()) : Result<TimeMs>(Error{});
    if (!time) return broken(entry, "\"review_by\" is no time", "");
    result.review_by = *time;
  }
  return {};
}

/// The policy's holdback as the first promotion of this variant recorded it.
Status read_full_holdback(const LedgerEntry& entry, const Lifecycle& before, Lifecycle& result) {
  const bool goes_on = before.state == Lifecycle::State::kPromoted && before.variant == result.variant;
  if (goes_on && before.full_holdback) {
    result.full_holdback = before.full_holdback;
    return {};
  }
  const Json* policy = entry.body.find("rollout_policy");
  if (policy == nullptr) return {};
  const Json* holdback = policy->find("holdback_millionths");
  if (holdback == nullptr || !holdback->is_integer() || holdback->as_integer() < 0 ||
      holdback->as_integer() > Fraction::kWhole)
    return broken(entry, "\"rollout_policy\" has no \"holdback_millionths\" from 0 to 1,000,000", "");
  result.full_holdback = Fraction{static_cast<std::int32_t>(holdback->as_integer())};
  return {};
}

Result<Lifecycle> promoted(const Experiment& experiment, const LedgerEntry& entry, const Lifecycle& before,
                           std::size_t promotion) {
  const auto variant = variant_of(experiment, entry, entry.action == LedgerAction::kDemote ? "to" : "variant");
  if (!variant) return variant.error();
  Lifecycle result{Lifecycle::State::kPromoted,
                   *variant,
                   experiment.policy.holdback,
                   "rollout-" + std::to_string(promotion),
                   entry.at,
                   entry.fingerprint,
                   before.state == Lifecycle::State::kPromoted && before.variant == *variant ? before.step + 1 : 1,
                   std::nullopt};
  result.stopped_variants = before.stopped_variants;
  if (const Json* holdback = entry.body.find("holdback")) {
    const auto fraction = holdback->is_number() ? to_fraction(holdback->as_number()) : std::nullopt;
    if (!fraction) return broken(entry, "\"holdback\" is no fraction with at most six decimals", "");
    result.holdback = *fraction;
  }
  if (const Json* phase = entry.body.find("phase")) {
    if (!phase->is_string() || !is_key(phase->as_string())) return broken(entry, "\"phase\" is no key", "");
    result.phase = phase->as_string();
  }
  if (const Status read = read_step(entry, result); !read) return read.error();
  if (const Status read = read_full_holdback(entry, before, result); !read) return read.error();
  return result;
}

Lifecycle stopped(const LedgerEntry& entry, const Lifecycle& before) {
  Lifecycle result;
  result.state = Lifecycle::State::kStopped;
  result.phase = before.phase;
  result.since = entry.at;
  result.fingerprint = entry.fingerprint;
  result.stopped_variants = before.stopped_variants;
  return result;
}

/// Whether the pilot still tests a wording. A version without the stopped one has nobody to give it to.
bool tests_something(const Experiment& experiment, const Lifecycle& state) {
  return std::any_of(experiment.variants.begin() + 1, experiment.variants.end(), [&](const Variant& variant) {
    return variant.weight > 0 && state.find_stop(variant.key) == nullptr;
  });
}

/// The wording that a stop names; nothing for a stop of everything, which whatever else is written there means too.
const std::string* stopped_variant(const LedgerEntry& entry) {
  const Json* variant = entry.action == LedgerAction::kStop ? entry.body.find("variant") : nullptr;
  return variant != nullptr && variant->is_string() && !variant->as_string().empty() ? &variant->as_string() : nullptr;
}

void stop_variant(const Experiment& experiment, const LedgerEntry& entry, const std::string& variant,
                  std::vector<Lifecycle>& states) {
  Lifecycle next = states.empty() ? Lifecycle{} : states.back();
  const bool is_pilot = next.state == Lifecycle::State::kPilot;
  const bool is_control = variant == experiment.control().key;
  if (!is_control && next.find_stop(variant) == nullptr) next.stopped_variants.push_back({variant, entry.at});
  const bool leaves_nothing = is_pilot ? !tests_something(experiment, next) : next.variant == variant;
  if (leaves_nothing || is_control) {
    states.push_back(stopped(entry, next));
  } else if (is_pilot) {
    states.push_back(std::move(next));
  } else {
    states.back() = std::move(next);
  }
}

}  // namespace

const VariantStop* Lifecycle::find_stop(std::string_view key) const noexcept {
  for (const VariantStop& one : stopped_variants) {
    if (one.variant == key) return &one;
  }
  return nullptr;
}

Result<std::vector<Lifecycle>> lifecycles_of(const Experiment& experiment, const Ledger& ledger) {
  std::vector<Lifecycle> states;
  std::size_t promotions = 0;
  for (const LedgerEntry& entry : ledger.entries()) {
    if (entry.experiment != experiment.key) {
      return broken(entry, "the entry belongs to the experiment \"" + printable(entry.experiment) + "\"",
                    "a ledger stands beside its own experiment file");
    }
    const Lifecycle before = states.empty() ? Lifecycle{} : states.back();
    const bool goes_back = entry.action == LedgerAction::kDemote && entry.body.find("to") != nullptr;
    if (entry.action == LedgerAction::kPromote || goes_back) {
      auto next = promoted(experiment, entry, before, ++promotions);
      if (!next) return next.error();
      states.push_back(std::move(next).value());
    } else if (const std::string* variant = stopped_variant(entry)) {
      stop_variant(experiment, entry, *variant, states);
    } else if (entry.action == LedgerAction::kStop || entry.action == LedgerAction::kDemote) {
      states.push_back(stopped(entry, before));
    }
  }
  return states;
}

Result<Lifecycle> lifecycle_of(const Experiment& experiment, const Ledger& ledger) {
  const auto states = lifecycles_of(experiment, ledger);
  if (!states) return states.error();
  return states->empty() ? Lifecycle{} : states->back();
}

}  // namespace tactful
