// The tally's JSON: what is read writes what reads back equal, and an evaluation of it answers or says why not.
#include "fuzz_target.hpp"
#include "tactful/decision/evaluate.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful {
namespace {

/// An experiment of the tally's variants and metrics.
std::optional<Experiment> experiment_of(const Tally& tally) {
  static const Experiment example =
      read_experiment(TACTFUL_SOURCE_DIR "/experiments/payment-reminder.json").value().experiment.value();
  Experiment made = example;
  made.key = tally.experiment;
  if (tally.variants.size() != made.variants.size() || tally.metrics.size() != made.metrics.size()) return std::nullopt;
  for (std::size_t i = 0; i < made.variants.size(); ++i) made.variants[i].key = tally.variants[i];
  for (std::size_t i = 0; i < made.metrics.size(); ++i) made.metrics[i].key = tally.metrics[i];
  return made;
}

}  // namespace
}  // namespace tactful

TACTFUL_FUZZ_TARGET(tally) {
  using namespace tactful;
  const auto json = parse_json(input);
  if (!json) return;
  const auto tally = tally_from_json(*json);
  if (!tally) {
    fuzz::require(!tally.error().message.empty(), "an error says what is wrong");
    return;
  }
  const auto again = tally_from_json(to_json(*tally));
  fuzz::require(again && *again == *tally, "a tally reads back equal");
  if (const auto experiment = experiment_of(*tally)) {
    if (const auto scorecard = evaluate(*experiment, *tally)) {
      const std::string text = to_json(*scorecard).dump();
      fuzz::require(parse_json(text).has_value(), "a scorecard is JSON");
    }
  }
}
