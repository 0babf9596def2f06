#pragma once

#include "store_fixture.hpp"
#include "tactful/store/csv.hpp"
#include "tactful/store/import.hpp"

namespace tactful::store_test {

inline Pseudonymizer test_pseudonymizer(std::string_view purpose = "reminders") {
  std::array<unsigned char, 32> key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<unsigned char>(i * 7 + 1);
  return Pseudonymizer::from_key(key, purpose).value();
}

class ImportTest : public testing::Test {
 protected:
  std::filesystem::path csv(std::string_view text, std::string_view name = "f.csv") {
    return folder_.write(name, text);
  }

  Result<IngestSummary> units(std::string_view text, UnitsImport request = {}) {
    request.file = csv(text, "units.csv");
    if (request.experiment.empty()) request.experiment = "landing";
    return import_units(*store_, pseudonymizer_, request);
  }
  Result<IngestSummary> events(std::string_view exposures, std::string_view outcomes, EventsImport request = {}) {
    if (!exposures.empty()) request.exposures = csv(exposures, "exposures.csv");
    if (!outcomes.empty()) request.outcomes = csv(outcomes, "outcomes.csv");
    if (request.experiment.empty()) request.experiment = "landing";
    return import_events(*store_, pseudonymizer_, request, 9'000);
  }
  /// The error, after checking that nothing was kept.
  Error refused(const Result<IngestSummary>& result) {
    EXPECT_FALSE(result.has_value());
    const auto totals = store_->totals().value();
    EXPECT_EQ(totals.exposures + totals.outcomes + totals.deliveries + totals.wide_rows, 0);
    return result ? Error{} : result.error();
  }
  [[nodiscard]] UnitId unit(std::string_view raw) const { return pseudonymizer_.unit(raw); }

  MemoryDir folder_;
  Pseudonymizer pseudonymizer_ = test_pseudonymizer();
  std::unique_ptr<Store> store_ = open_store(folder_ / "s.db");
};

}  // namespace tactful::store_test
