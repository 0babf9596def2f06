// A journal's file. The first byte says how it was spoilt: its bytes, its length, its pages ("b"), or the fields of its
// rows by SQL ("r"). Reading and collecting it end with what is there or an error.
#include "database.hpp"
#include "fuzz_target.hpp"
#include "good_files.hpp"
#include "tactful/experiment/experiment_file.hpp"
#include "tactful/journal/journal_reader.hpp"
#include "tactful/store/store.hpp"
#include "tactful/tally/tally_events.hpp"

namespace tactful {
namespace {

void spoil_rows(const std::filesystem::path& file, std::string_view input) {
  constexpr const char* kColumns[] = {"type",    "unit",   "cluster", "at",         "recorded_at",
                                      "event",   "source", "variant", "experiment", "experiment_fingerprint",
                                      "channel", "phase",  "reason",  "kind",       "segments"};
  fuzz::OpenDatabase database(file);
  fuzz::Bytes bytes(input);
  for (int changes = 0; !bytes.empty() && changes < 16; ++changes) {
    const auto what = bytes.take(1) % 20;
    const auto row = static_cast<std::int64_t>(bytes.take(1) % 41);
    if (what < 15) {
      database.run(std::string("UPDATE events SET ") + kColumns[what] + " = ?2 WHERE sequence = ?1 OR ?1 = 0",
                   {row, fuzz::odd_number(bytes)});
    } else if (what == 15) {
      database.run("UPDATE events SET sequence = ?2 WHERE sequence = ?1", {row, fuzz::odd_number(bytes)});
    } else if (what == 16) {
      const std::string text(bytes.text(bytes.take(1)));
      database.run("UPDATE dictionary SET text = CAST(?2 AS TEXT) WHERE code = ?1", {row}, &text);
    } else if (what == 17) {
      database.run("UPDATE dictionary SET code = ?2 WHERE code = ?1", {row, fuzz::odd_number(bytes)});
    } else if (what == 18) {
      const std::string text(bytes.text(bytes.take(1)));
      database.run("UPDATE meta SET value = CAST(?2 AS TEXT) WHERE length(name) = ?1 % 11", {row}, &text);
    } else {
      database.run("UPDATE events SET value = CASE ?1 % 3 WHEN 0 THEN 9e999 WHEN 1 THEN -9e999 ELSE ?2 END",
                   {row, fuzz::odd_number(bytes)});
    }
  }
}

void read_whole(const std::filesystem::path& file) {
  const auto reader = JournalReader::open(file);
  if (!reader) return;
  fuzz::require((*reader)->writer().size() == 32, "a journal has an identity");
  std::int64_t after = 0, events = 0;
  for (int rounds = 0; rounds < 200; ++rounds) {
    const auto some = (*reader)->read(after, 7);
    if (!some) break;
    if (some->empty()) break;
    for (const StoredEvent& event : *some) {
      fuzz::require(event.sequence > after, "sequences ascend");
      after = event.sequence;
      ++events;
      for (const std::int32_t code : {event.source, event.experiment, event.variant, event.kind, event.segments})
        (void)(*reader)->text(code);
    }
  }
}

// What was collected is counted: times at the ends of 64 bits, variants that are none.
void tally_some(const Store& store) {
  static const Experiment experiment =
      read_experiment(TACTFUL_SOURCE_DIR "/experiments/payment-reminder.json").value().experiment.value();
  for (const TimeMs as_of : {TimeMs{1'790'000'000'000}, TimeMs{INT64_MAX}}) {
    const auto tally = tally_events(experiment, store, {as_of, "pilot", 1});
    if (tally) fuzz::require(tally->integrity.units <= 40, "no unit is made up");
  }
}

}  // namespace
}  // namespace tactful

TACTFUL_FUZZ_TARGET(journal) {
  using namespace tactful;
  if (input.empty()) return;
  const std::string& good = fuzz::good_journal();
  const std::filesystem::path folder = fuzz::fresh_folder();
  const std::filesystem::path file = folder / "journal.db";
  if (input.front() == 'b') {
    fuzz::write_file(file, fuzz::damaged(good, input.substr(1)));
  } else {
    fuzz::write_file(file, good);
    spoil_rows(file, input.substr(1));
  }
  read_whole(file);
  const auto store = Store::open(folder / "store.db", Store::Mode::kCreate);
  fuzz::require(store.has_value(), "a new store");
  const auto first = (*store)->collect(file);
  const auto totals = (*store)->totals();
  fuzz::require(totals.has_value(), "the store stays whole");
  tally_some(**store);
  if (!first) return;
  fuzz::require(first->read == first->added + first->duplicates + first->conflicts, "every event is accounted for");
  const auto again = (*store)->collect(file);
  fuzz::require(!again || again->added == 0, "collecting twice adds nothing");
}
