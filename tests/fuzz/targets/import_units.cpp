// The wide table: one row per unit, one pass in. An import that fails keeps nothing; the same table again adds nothing.
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

TACTFUL_FUZZ_TARGET(import_units) {
  using namespace tactful;
  static const Pseudonymizer pseudonyms = pseudonymizer();
  if (input.empty()) return;
  const auto how = static_cast<unsigned char>(input.front());
  const fuzz::MemoryFile file(input.substr(1));
  const auto store = Store::open(fuzz::fresh_folder() / "store.db", Store::Mode::kCreate);
  fuzz::require(store.has_value(), "a new store");
  UnitsImport request;
  request.file = file.path();
  request.experiment = "landing";
  request.csv.encoding = (how & 1) != 0 ? Encoding::kGb18030 : Encoding::kUtf8;
  request.row_is_unit = (how & 2) != 0;
  if ((how & 4) != 0) request.csv.columns = {{"unit", "id"}, {"variant", "group"}};
  const auto done = import_units(**store, pseudonyms, request);
  const auto totals = (*store)->totals();
  fuzz::require(totals.has_value(), "totals");
  if (!done) {
    fuzz::require(totals->wide_rows == 0, "an error keeps nothing");
    return;
  }
  fuzz::require(done->read == done->added + done->duplicates + done->conflicts, "every row is accounted for");
  const auto again = import_units(**store, pseudonyms, request);
  fuzz::require(again && again->added == 0, "the same table twice adds nothing");
}
