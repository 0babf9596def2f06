#include "tactful/decision/history.hpp"

#include <algorithm>

#include "ledger_fields.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful {
namespace {

constexpr std::string_view kPilotPhase = "pilot";

std::vector<std::string> texts(const Json* list) {
  std::vector<std::string> result;
  if (list == nullptr || !list->is_array()) return result;
  for (const Json& one : list->as_array()) {
    if (one.is_string()) result.push_back(one.as_string());
  }
  return result;
}

/// A share of what is planned, which the ledger alone knows from now on.
double read_share(const Json* share, BodyReader& body) {
  const bool is_share =
      share != nullptr && share->is_number() && share->as_number() >= 0.0 && share->as_number() <= 1.0;
  if (!is_share) body.fail("a spending time is a number from 0 to 1");
  return is_share ? share->as_number() : 0.0;
}

void read_spending(const LedgerEntry& entry, BodyReader& body, ReviewEntry& review) {
  const Json* spending = entry.body.find("spending");
  if (spending == nullptr || spending->is_null()) return;
  review.calendar = read_share(spending->find("calendar"), body);
  const Json* maturity = spending->find("maturity");
  if (maturity == nullptr || !maturity->is_array()) return body.fail("\"spending\" has no \"maturity\"");
  for (const Json& one : maturity->as_array()) {
    const Json* window = one.find("window_ms");
    if (window == nullptr || !window->is_integer()) return body.fail("a maturity names its \"window_ms\"");
    review.maturity.push_back({window->as_integer(), read_share(one.find("share"), body)});
  }
}

Result<ReviewEntry> read_review(const LedgerEntry& entry) {
  BodyReader body(entry);
  ReviewEntry review;
  review.sequence = entry.sequence;
  review.at = entry.at;
  review.by = entry.by;
  review.role = entry.role;
  review.fingerprint = entry.fingerprint;
  review.phase = body.text("phase");
  review.as_of = body.time("as_of");
  review.look = static_cast<int>(body.integer("look"));
  review.file = body.text("file");
  review.digest = body.text("digest");
  review.data_fingerprint = body.optional_text("data_fingerprint");
  review.waived = texts(entry.body.find("waived"));
  read_spending(entry, body, review);
  const Json& recommendation = body.object("recommendation");
  review.reasons = texts(recommendation.find("reasons"));
  for (const auto& [name, value] : {std::pair{"action", &review.action}, std::pair{"variant", &review.variant}}) {
    const Json* found = recommendation.find(name);
    if (found != nullptr && found->is_string()) *value = found->as_string();
  }
  for (const Json& alarm : body.list("alarms")) {
    const Json* variant = alarm.find("variant");
    const Json* metric = alarm.find("metric");
    if (variant == nullptr || metric == nullptr || !variant->is_string() || !metric->is_string()) {
      body.fail("an alarm names its variant and metric");
    } else {
      review.alarms.push_back({variant->as_string(), metric->as_string()});
    }
  }
  if (review.action.empty()) body.fail("the body of a review does not say what was recommended");
  if (!body.status()) return body.status().error();
  return review;
}

Result<OverrideEntry> read_override(const LedgerEntry& entry) {
  BodyReader body(entry);
  OverrideEntry override_entry{entry.sequence,
                               entry.at,
                               entry.by,
                               entry.role,
                               body.text("reason"),
                               entry.fingerprint,
                               body.integer("review"),
                               body.text("recommended"),
                               body.text("decision"),
                               body.optional_text("variant")};
  if (!body.status()) return body.status().error();
  return override_entry;
}

Status check_look(const std::vector<ReviewEntry>& before, const ReviewEntry& review) {
  if (review.look == 0) return {};
  for (const ReviewEntry& other : before) {
    if (other.fingerprint != review.fingerprint || other.phase != review.phase || other.look != review.look) continue;
    return Error{ErrorCode::kInvalidExperiment,
                 "planned look " + std::to_string(review.look) + " was taken by review " +
                     std::to_string(other.sequence) + " already",
                 "ledger entry " + std::to_string(review.sequence), "the two cannot both have spent its level"};
  }
  return {};
}

}  // namespace

std::vector<TakenLook> History::taken(std::string_view fingerprint, std::string_view phase) const {
  std::vector<TakenLook> looks;
  for (const ReviewEntry& review : reviews) {
    if (review.look > 0 && review.fingerprint == fingerprint && review.phase == phase)
      looks.push_back({review.look, review.as_of, review.calendar, review.maturity, review.data_fingerprint});
  }
  std::sort(looks.begin(), looks.end(), [](const TakenLook& a, const TakenLook& b) { return a.planned < b.planned; });
  return looks;
}

std::optional<TimeMs> History::taken_by_other(std::string_view fingerprint, std::string_view phase) const {
  for (const ReviewEntry& review : reviews) {
    if (review.look > 0 && review.fingerprint != fingerprint && review.phase == phase) return review.as_of;
  }
  return std::nullopt;
}

std::vector<LatchedAlarm> History::latched(std::string_view fingerprint, std::string_view phase) const {
  std::vector<LatchedAlarm> alarms;
  for (const ReviewEntry& review : reviews) {
    if (review.phase != phase) continue;
    const bool is_other = review.fingerprint != fingerprint;
    for (const ReviewAlarm& alarm : review.alarms) {
      const auto same = [&](const LatchedAlarm& one) {
        return one.variant == alarm.variant && one.metric == alarm.metric;
      };
      const auto known = std::find_if(alarms.begin(), alarms.end(), same);
      if (known == alarms.end()) {
        alarms.push_back({alarm.variant, alarm.metric, review.as_of, is_other});
      } else {
        known->other_version = known->other_version && is_other;
      }
    }
  }
  return alarms;
}

const ReviewEntry* History::find_review(std::int64_t sequence) const noexcept {
  for (const ReviewEntry& review : reviews) {
    if (review.sequence == sequence) return &review;
  }
  return nullptr;
}

const ReviewEntry* History::latest(std::string_view fingerprint, std::string_view phase) const noexcept {
  for (auto review = reviews.rbegin(); review != reviews.rend(); ++review) {
    if (review->fingerprint == fingerprint && review->phase == phase) return &*review;
  }
  return nullptr;
}

Result<History> history_of(const Experiment& experiment, const Ledger& ledger) {
  History history;
  for (const LedgerEntry& entry : ledger.entries()) {
    if (entry.experiment != experiment.key) {
      return Error{ErrorCode::kInvalidExperiment, "the entry belongs to another experiment",
                   "ledger entry " + std::to_string(entry.sequence), "a ledger stands beside its own experiment file"};
    }
    if (entry.action == LedgerAction::kReview && entry.body.find("file") != nullptr) {
      auto review = read_review(entry);
      if (!review) return review.error();
      if (const Status fits = check_look(history.reviews, *review); !fits) return fits.error();
      history.reviews.push_back(std::move(review).value());
    } else if (entry.action == LedgerAction::kOverride && entry.body.find("decision") != nullptr) {
      auto override_entry = read_override(entry);
      if (!override_entry) return override_entry.error();
      history.overrides.push_back(std::move(override_entry).value());
    }
  }
  const auto lifecycle = lifecycle_of(experiment, ledger);
  if (!lifecycle) return lifecycle.error();
  history.stopped = lifecycle->stopped_variants;
  return history;
}

EvaluateOptions with_history(EvaluateOptions options, const History& history, const Experiment& experiment,
                             std::string_view phase) {
  const std::string version = fingerprint(experiment);
  options.taken = history.taken(version, phase);
  options.taken_is_known = history.latest(version, phase) != nullptr;
  options.latched = history.latched(version, phase);
  options.other_version_look = history.taken_by_other(version, phase);
  if (phase == kPilotPhase) options.stopped = history.stopped;
  for (const OverrideEntry& one : history.overrides) {
    options.overrides.push_back(
        {one.sequence, one.review, one.at, one.by, one.role, one.reason, one.recommended, one.decision, one.variant});
  }
  return options;
}

}  // namespace tactful
