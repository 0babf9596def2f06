// Event files: exposures in the first part of the input, outcomes in the second. Whatever they hold, an import that
// fails keeps nothing, and one that succeeds adds nothing when it is done again.
#include "fuzz_file.hpp"
#include "fuzz_target.hpp"
#include "tactful/store/import.hpp"

namespace tactful {
namespace {

Pseudonymizer pseudonymizer() {
  std::array<unsigned char, 32> key{};
  key.fill(9);
  return Pseudonymizer::from_key(key, "reminders").value();
}

}  // namespace
}  // namespace tactful

TACTFUL_FUZZ_TARGET(import_events) {
  using namespace tactful;
  static const Pseudonymizer pseudonyms = pseudonymizer();
  const auto [exposures, outcomes] = fuzz::split(input);
  const fuzz::MemoryFile exposure_file(exposures), outcome_file(outcomes);
  const auto store = Store::open(fuzz::fresh_folder() / "store.db", Store::Mode::kCreate);
  fuzz::require(store.has_value(), "a new store");
  EventsImport request;
  request.experiment = "landing";
  request.exposures = exposure_file.path();
  if (!outcomes.empty()) request.outcomes = outcome_file.path();
  request.exposures_csv.assumed_zone = UtcOffset();
  const auto done = import_events(**store, pseudonyms, request, 1'780'000'000'000);
  const auto totals = (*store)->totals();
  fuzz::require(totals.has_value(), "totals");
  if (!done) {
    fuzz::require(totals->exposures + totals->outcomes + totals->deliveries == 0, "an error keeps nothing");
    return;
  }
  fuzz::require(done->read == done->added + done->duplicates + done->conflicts, "every event is accounted for");
  const auto again = import_events(**store, pseudonyms, request, 1'780'000'000'001);
  fuzz::require(again && again->added == 0, "the same file twice adds nothing");
}
