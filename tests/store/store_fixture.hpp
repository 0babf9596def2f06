#pragma once

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "files.hpp"
#include "support/temp_dir.hpp"
#include "tactful/store/store.hpp"

namespace tactful::store_test {

/// An event with the texts that tests use; change what matters.
inline IngestEvent exposure(UnitId unit, std::int64_t event, TimeMs at = 1'000, std::string_view variant = "control") {
  IngestEvent e{};
  e.event.type = EventType::kExposure;
  e.event.unit = unit;
  e.event.event = event;
  e.event.at = at;
  e.event.recorded_at = at + 1;
  e.event.sequence = event;
  e.source = "sender";
  e.experiment = "landing";
  e.variant = variant;
  e.phase = "pilot";
  return e;
}

inline IngestEvent outcome(UnitId unit, std::int64_t event, TimeMs at = 2'000, std::string_view kind = "converted",
                           double value = 1.0) {
  IngestEvent e{};
  e.event.type = EventType::kOutcome;
  e.event.unit = unit;
  e.event.event = event;
  e.event.at = at;
  e.event.recorded_at = at + 1;
  e.event.sequence = event;
  e.event.value = value;
  e.source = "crm";
  e.kind = kind;
  return e;
}

inline std::unique_ptr<Store> open_store(const std::filesystem::path& file, Store::Mode mode = Store::Mode::kCreate) {
  auto store = Store::open(file, mode);
  if (!store) {
    ADD_FAILURE() << describe(store.error());
    return nullptr;
  }
  return std::move(store).value();
}

/// Quarantine in words, so that stores with other codes compare.
inline std::vector<std::string> quarantine_of(const Store& store) {
  std::vector<std::string> lines;
  const auto held = store.quarantine();
  EXPECT_TRUE(held.has_value());
  if (!held) return lines;
  for (const auto& one : *held) {
    const StoredEvent& e = one.event;
    lines.push_back(std::to_string(e.unit) + "/" + std::to_string(e.event) + "/" + std::string(store.text(e.source)) +
                    " " + std::string(to_string(e.type)) + " " + std::string(store.text(e.variant)) +
                    std::string(store.text(e.kind)) + " at " + std::to_string(e.at) + " value " +
                    std::to_string(e.value) + " recorded " + std::to_string(e.recorded_at) + " " + one.writer + " " +
                    std::to_string(e.sequence) + ": " + one.why);
  }
  return lines;
}

inline constexpr TimeMs kForever = std::int64_t{1} << 62;

/// All outcomes of these kinds, all partitions: (unit, at, kind, value).
inline std::vector<std::tuple<UnitId, TimeMs, std::string, double>> outcomes_of(const EventSource& source,
                                                                                const std::vector<std::string>& kinds,
                                                                                TimeMs from = -kForever,
                                                                                TimeMs before = kForever) {
  std::vector<std::int32_t> codes;
  for (const auto& kind : kinds) {
    if (const auto code = source.code(kind)) codes.push_back(*code);
  }
  std::vector<std::tuple<UnitId, TimeMs, std::string, double>> found;
  for (std::size_t partition = 0; partition < source.partitions(); ++partition) {
    const Status status = source.scan_outcomes(partition, codes, from, before, [&](const OutcomeBlock& block) {
      for (std::size_t i = 0; i < block.unit.size(); ++i) {
        if (std::find(codes.begin(), codes.end(), block.kind[i]) == codes.end() || block.at[i] < from ||
            block.at[i] >= before)
          continue;
        found.emplace_back(block.unit[i], block.at[i], source.text(block.kind[i]), block.value[i]);
      }
    });
    EXPECT_TRUE(status) << (status ? "" : describe(status.error()));
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// All exposures of an experiment: (unit, at, variant).
inline std::vector<std::tuple<UnitId, TimeMs, std::string>> exposures_of(const EventSource& source,
                                                                         std::string_view experiment,
                                                                         TimeMs before = kForever) {
  std::vector<std::tuple<UnitId, TimeMs, std::string>> found;
  for (std::size_t partition = 0; partition < source.partitions(); ++partition) {
    const Status status =
        source.scan_exposures(partition, source.code(experiment).value_or(-1), before, [&](const ExposureBlock& block) {
          for (std::size_t i = 0; i < block.unit.size(); ++i)
            found.emplace_back(block.unit[i], block.at[i], source.text(block.variant[i]));
        });
    EXPECT_TRUE(status) << (status ? "" : describe(status.error()));
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace tactful::store_test
