// The counts file and its scorecard's way: the implied experiment and tally are whole, and an evaluation of them
// answers or says why not.
#include "tactful/tally/counts.hpp"
#include "fuzz_file.hpp"
#include "fuzz_target.hpp"
#include "tactful/decision/evaluate.hpp"

TACTFUL_FUZZ_TARGET(counts) {
  using namespace tactful;
  const fuzz::MemoryFile file(input);
  const auto counts = read_counts(file.path());
  if (!counts) return;
  std::size_t evaluated = 0;
  for (const CountsTally& one : *counts) {
    fuzz::require(one.tally.variants.size() == one.experiment.variants.size(), "a tally of the experiment's variants");
    const auto again = tally_from_json(to_json(one.tally));
    fuzz::require(again && *again == one.tally, "a tally reads back equal");
    if (++evaluated > 3) continue;
    if (const auto scorecard = evaluate(one.experiment, one.tally, {{}, "as published"})) (void)to_json(*scorecard);
  }
}
