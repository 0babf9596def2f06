#include "trial.hpp"

#include "tactful/decision/evaluate.hpp"
#include "tactful/decision/looks.hpp"

namespace tactful::simulation {

std::vector<SimulatedReview> planned_reviews(const Experiment& experiment) {
  std::vector<SimulatedReview> reviews;
  for (const TimeMs at : look_plan(experiment).looks) reviews.push_back({at, true});
  return reviews;
}

Result<Trial> run_trial(const Experiment& experiment, const PilotPath& path,
                        const std::vector<SimulatedReview>& reviews) {
  Trial trial;
  EvaluateOptions options;
  options.taken_is_known = true;
  options.with_repeated_p = false;
  std::vector<std::int64_t> look_days;
  for (std::size_t k = 0; k < reviews.size(); ++k) {
    const std::int64_t day = path.day_of(reviews[k].at);
    const Tally tally = path.tally_at(day, look_days);
    if (tally.integrity.units == 0) continue;
    options.as_review = reviews[k].is_review;
    auto card = evaluate(experiment, tally, options);
    if (!card) return card.error();
    trial.day = day;
    trial.review = static_cast<int>(k) + 1;
    trial.scorecard = std::move(*card);
    if (trial.scorecard.recommendation.action != Action::kContinue) break;
    if (trial.scorecard.look == 0) continue;
    options.taken.push_back({trial.scorecard.look, tally.as_of});
    look_days.push_back(day);
  }
  return trial;
}

}  // namespace tactful::simulation
