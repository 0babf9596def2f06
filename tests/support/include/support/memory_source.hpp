#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tactful/store/event_source.hpp"

namespace tactful::test {

/// An EventSource over events in memory, in any number of partitions and blocks of any size.
class MemorySource final : public EventSource {
 public:
  struct Exposure {
    UnitId unit = 0;
    std::string variant;
    TimeMs at = 0;
    UnitId cluster = 0;
    std::string segments = {};     ///< Canonical JSON, or empty.
    std::string fingerprint = {};  ///< Empty: imported.
    std::string phase = "pilot";
    std::string experiment = "test";
  };
  struct Delivery {
    UnitId unit = 0;
    std::string variant;  ///< Empty: held.
    TimeMs at = 0;
    std::string reason = {};
    std::string phase = "pilot";
    std::string experiment = "test";
  };
  struct Contact {
    UnitId unit = 0;
    TimeMs at = 0;
    std::string reason = "reserved";
    std::string phase = "pilot";
    std::string experiment = "test";
  };
  struct Outcome {
    UnitId unit = 0;
    std::string kind;
    TimeMs at = 0;
    double value = 1.0;
  };
  struct WideRow {
    UnitId unit = 0;
    std::string variant;
    std::vector<std::optional<double>> values;  ///< By wide_kinds.
    std::vector<std::string> segments;          ///< By wide_segments.
    UnitId cluster = 0;
    TimeMs at = 0;
  };

  std::vector<Exposure> exposures;
  std::vector<Delivery> deliveries;
  std::vector<Contact> contacts;
  std::vector<Outcome> outcomes;
  std::vector<WideRow> wide;
  std::vector<std::string> wide_kinds, wide_segments;
  bool wide_has_times = false;
  std::string wide_experiment = "test";
  std::size_t block_rows = 1000;
  std::optional<Error> failure;  ///< Returned by every scan of outcomes.
  SourceHistory past;            ///< Returned by history().

  /// Encodes what the members hold; call it after filling them and before handing the source out.
  void seal(std::size_t partitions) {
    partitions_ = partitions;
    codes_.clear();
    texts_.assign(1, "");
    for (const Exposure& e : exposures) {
      for (const std::string* text : {&e.variant, &e.segments, &e.fingerprint, &e.phase, &e.experiment}) encode(*text);
    }
    for (const Delivery& d : deliveries) {
      for (const std::string* text : {&d.variant, &d.reason, &d.phase, &d.experiment}) encode(*text);
    }
    for (const Contact& c : contacts) {
      for (const std::string* text : {&c.reason, &c.phase, &c.experiment}) encode(*text);
    }
    for (const Outcome& o : outcomes) encode(o.kind);
    if (!wide.empty()) encode(wide_experiment);
    for (const std::string& text : wide_kinds) encode(text);
    for (const std::string& text : wide_segments) encode(text);
    for (const WideRow& row : wide) {
      encode(row.variant);
      for (const std::string& text : row.segments) encode(text);
    }
  }

  std::size_t partitions() const noexcept override { return partitions_; }
  std::string_view text(std::int32_t code) const override { return texts_.at(static_cast<std::size_t>(code)); }
  std::optional<std::int32_t> code(std::string_view text) const override {
    const auto found = codes_.find(std::string(text));
    if (found == codes_.end()) return std::nullopt;
    return found->second;
  }

  Status scan_exposures(std::size_t partition, std::int32_t experiment, TimeMs before,
                        const ExposureVisitor& visit) const override {
    std::vector<UnitId> unit, cluster;
    std::vector<TimeMs> at;
    std::vector<std::int32_t> variant, phase, reason, fingerprint, segments;
    const auto flush = [&] {
      if (!unit.empty()) visit({unit, cluster, at, variant, phase, reason, fingerprint, segments});
      unit.clear(), cluster.clear(), at.clear(), variant.clear(), phase.clear(), reason.clear();
      fingerprint.clear(), segments.clear();
    };
    for (const Exposure& e : exposures) {
      if (!is_in(e.unit, partition) || known(e.experiment) != experiment || e.at >= before) continue;
      unit.push_back(e.unit), cluster.push_back(e.cluster), at.push_back(e.at), variant.push_back(known(e.variant));
      phase.push_back(known(e.phase)), reason.push_back(0), fingerprint.push_back(known(e.fingerprint));
      segments.push_back(known(e.segments));
      if (unit.size() == block_rows) flush();
    }
    flush();
    return {};
  }
  Status scan_deliveries(std::size_t partition, std::int32_t experiment, TimeMs before,
                         const DeliveryVisitor& visit) const override {
    for (const Delivery& d : deliveries) {
      if (!is_in(d.unit, partition) || known(d.experiment) != experiment || d.at >= before) continue;
      const std::int32_t variant = known(d.variant), phase = known(d.phase), reason = known(d.reason);
      visit({{&d.unit, 1}, {&d.at, 1}, {&variant, 1}, {&phase, 1}, {&reason, 1}});
    }
    return {};
  }
  Status scan_contacts(std::size_t partition, std::int32_t experiment, TimeMs before,
                       const ContactVisitor& visit) const override {
    for (const Contact& c : contacts) {
      if (!is_in(c.unit, partition) || known(c.experiment) != experiment || c.at >= before) continue;
      const std::int32_t phase = known(c.phase), reason = known(c.reason);
      visit({{&c.unit, 1}, {&c.at, 1}, {&phase, 1}, {&reason, 1}});
    }
    return {};
  }
  /// Hands out whole blocks, other kinds and times among them, as the interface allows.
  Status scan_outcomes(std::size_t partition, std::span<const std::int32_t>, TimeMs, TimeMs,
                       const OutcomeVisitor& visit) const override {
    if (failure) return *failure;
    std::vector<UnitId> unit;
    std::vector<TimeMs> at;
    std::vector<std::int32_t> kind;
    std::vector<double> value;
    const auto flush = [&] {
      if (!unit.empty()) visit({unit, at, kind, value});
      unit.clear(), at.clear(), kind.clear(), value.clear();
    };
    for (const Outcome& o : outcomes) {
      if (!is_in(o.unit, partition)) continue;
      unit.push_back(o.unit), at.push_back(o.at), kind.push_back(known(o.kind)), value.push_back(o.value);
      if (unit.size() == block_rows) flush();
    }
    flush();
    return {};
  }
  Status scan_wide(std::size_t partition, std::int32_t experiment, const WideVisitor& visit) const override {
    if (wide.empty() || known(wide_experiment) != experiment) return {};
    std::vector<UnitId> unit, cluster;
    std::vector<std::int32_t> variant;
    std::vector<TimeMs> at;
    std::vector<std::vector<double>> values(wide_kinds.size());
    std::vector<std::vector<std::uint8_t>> present(wide_kinds.size());
    std::vector<std::vector<std::int32_t>> segment_values(wide_segments.size());
    for (const WideRow& row : wide) {
      if (!is_in(row.unit, partition)) continue;
      unit.push_back(row.unit), cluster.push_back(row.cluster), variant.push_back(known(row.variant));
      if (wide_has_times) at.push_back(row.at);
      for (std::size_t k = 0; k < wide_kinds.size(); ++k) {
        values[k].push_back(row.values[k].value_or(0.0));
        present[k].push_back(row.values[k] ? 1 : 0);
      }
      for (std::size_t s = 0; s < wide_segments.size(); ++s) segment_values[s].push_back(known(row.segments[s]));
    }
    std::vector<WideOutcome> kinds;
    for (std::size_t k = 0; k < wide_kinds.size(); ++k) kinds.push_back({known(wide_kinds[k]), values[k], present[k]});
    std::vector<WideSegment> segments;
    for (std::size_t s = 0; s < wide_segments.size(); ++s)
      segments.push_back({known(wide_segments[s]), segment_values[s]});
    if (!unit.empty()) visit({unit, cluster, variant, at, kinds, segments});
    return {};
  }
  std::optional<TimeMs> complete_until() const override { return std::nullopt; }
  Result<std::string> data_fingerprint() const override { return std::string(32, '7'); }
  Result<SourceHistory> history() const override { return past; }

 private:
  [[nodiscard]] bool is_in(UnitId unit, std::size_t partition) const {
    return static_cast<std::size_t>(unit) % partitions_ == partition;
  }
  void encode(const std::string& text) {
    if (text.empty() || codes_.count(text) != 0) return;
    codes_.emplace(text, static_cast<std::int32_t>(texts_.size()));
    texts_.push_back(text);
  }
  [[nodiscard]] std::int32_t known(const std::string& text) const { return text.empty() ? 0 : codes_.at(text); }

  std::size_t partitions_ = 1;
  std::map<std::string, std::int32_t> codes_;
  std::vector<std::string> texts_;
};

}  // namespace tactful::test
