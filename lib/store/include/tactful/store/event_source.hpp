#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/core/time.hpp"
#include "tactful/journal/pseudonym.hpp"
#include "tactful/store/maintenance.hpp"

namespace tactful {

/// Columns of some exposures of one experiment, row by row; all spans have equal length and live during the visit only.
/// Texts are codes of the source's dictionary, 0 for none.
struct ExposureBlock {
  std::span<const UnitId> unit;
  std::span<const UnitId> cluster;  ///< 0: none.
  std::span<const TimeMs> at;
  std::span<const std::int32_t> variant;
  std::span<const std::int32_t> phase;
  std::span<const std::int32_t> reason;
  std::span<const std::int32_t> fingerprint;  ///< The experiment's at that time; 0 for imports.
  std::span<const std::int32_t> segments;     ///< Canonical JSON object of segment name to value.
};

/// Columns of some deliveries of one experiment, of all its phases: what was really sent. Holds are deliveries of
/// nothing.
struct DeliveryBlock {
  std::span<const UnitId> unit;
  std::span<const TimeMs> at;
  std::span<const std::int32_t> variant;  ///< The variant whose text was delivered; 0: nothing was sent (held).
  std::span<const std::int32_t> phase;
  std::span<const std::int32_t> reason;
};

/// Columns of some contacts of one experiment, of all its phases: each reservation (reason `reserved`), each report of
/// what became of it (`completed`), and each that was given back (`released`, dated as its reservation).
struct ContactBlock {
  std::span<const UnitId> unit;
  std::span<const TimeMs> at;
  std::span<const std::int32_t> phase;
  std::span<const std::int32_t> reason;
};

/// Columns of some outcomes, of all experiments.
struct OutcomeBlock {
  std::span<const UnitId> unit;
  std::span<const TimeMs> at;
  std::span<const std::int32_t> kind;
  std::span<const double> value;
};

/// One outcome of wide rows. present[i] == 0: missing, which is not zero.
struct WideOutcome {
  std::int32_t kind = 0;
  std::span<const double> value;
  std::span<const std::uint8_t> present;
};

/// One segment column of wide rows; value codes, 0 for none.
struct WideSegment {
  std::int32_t name = 0;
  std::span<const std::int32_t> value;
};

/// Rows of an imported wide table: one per unit, outcomes without times, windows "as supplied".
struct WideBlock {
  std::span<const UnitId> unit;
  std::span<const UnitId> cluster;  ///< 0: none.
  std::span<const std::int32_t> variant;
  std::span<const TimeMs> at;  ///< Empty when the table has no times.
  std::span<const WideOutcome> outcomes;
  std::span<const WideSegment> segments;
};

/// How events come to the tally: deduplicated, partitioned by unit, in columns. The store is one; tests have their own.
/// A partition holds every event of its units, so partitions can be joined one by one or in parallel.
/// Thread-safety: const members from several threads at once.
class EventSource {
 public:
  virtual ~EventSource() = default;

  [[nodiscard]] virtual std::size_t partitions() const noexcept = 0;

  /// The text of a code, empty for 0; valid as long as the source.
  [[nodiscard]] virtual std::string_view text(std::int32_t code) const = 0;
  /// The code of a text, or nothing when no event has it.
  [[nodiscard]] virtual std::optional<std::int32_t> code(std::string_view text) const = 0;

  using ExposureVisitor = std::function<void(const ExposureBlock&)>;
  using DeliveryVisitor = std::function<void(const DeliveryBlock&)>;
  using ContactVisitor = std::function<void(const ContactBlock&)>;
  using OutcomeVisitor = std::function<void(const OutcomeBlock&)>;
  using WideVisitor = std::function<void(const WideBlock&)>;

  /// Visits every exposure of the experiment in the partition with `at` < `before`. Errors: kStorage (a damaged block
  /// names itself).
  [[nodiscard]] virtual Status scan_exposures(std::size_t partition, std::int32_t experiment, TimeMs before,
                                              const ExposureVisitor& visit) const = 0;
  /// The same for its deliveries and holds.
  [[nodiscard]] virtual Status scan_deliveries(std::size_t partition, std::int32_t experiment, TimeMs before,
                                               const DeliveryVisitor& visit) const = 0;
  /// The same for its contacts; none where a source has none.
  [[nodiscard]] virtual Status scan_contacts(std::size_t /*partition*/, std::int32_t /*experiment*/, TimeMs /*before*/,
                                             const ContactVisitor& /*visit*/) const {
    return {};
  }
  /// Visits the outcomes of these kinds with from <= at < before; a block may hold other kinds and times too: filter.
  [[nodiscard]] virtual Status scan_outcomes(std::size_t partition, std::span<const std::int32_t> kinds, TimeMs from,
                                             TimeMs before, const OutcomeVisitor& visit) const = 0;
  [[nodiscard]] virtual Status scan_wide(std::size_t partition, std::int32_t experiment,
                                         const WideVisitor& visit) const = 0;

  /// Latest time up to which the source is complete (the latest recorded_at collected), for the report; nothing when
  /// unknown.
  [[nodiscard]] virtual std::optional<TimeMs> complete_until() const = 0;
  /// 32 hex digits over what the source holds; the same events give the same fingerprint, in whatever order they came.
  [[nodiscard]] virtual Result<std::string> data_fingerprint() const = 0;

  /// Erasures, purges and losses, for the checks of a scorecard; empty where a source has none. Errors: kStorage.
  [[nodiscard]] virtual Result<SourceHistory> history() const { return SourceHistory{}; }
};

}  // namespace tactful
