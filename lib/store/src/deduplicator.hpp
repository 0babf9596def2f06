#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "gate.hpp"
#include "quarantine.hpp"
#include "segments.hpp"

namespace tactful::store_detail {

/// Brings batches of events into the segments, each identity once, within the caller's transaction.
///
/// The hash table is built over the batch and the stored identities stream past it, segment by segment: memory is
/// bounded by the batch, and a small batch costs one pass over three columns. Hashes only find candidates; identities
/// are compared by value.
///
/// Of one identity every different payload is a version with the least (recorded_at, writer, sequence) it was seen
/// with. The version with the least order, or the one that was decided for, is stored; the others are in quarantine:
/// whatever the order of arrival. A version that was dropped, or decided against, never gets in.
class Deduplicator {
 public:
  Deduplicator(Segments& segments, Quarantine& quarantine, const Gate& gate, const Dictionary& texts,
               int partition_bits)
      : segments_(segments), quarantine_(quarantine), gate_(gate), texts_(texts), partition_bits_(partition_bits) {}

  /// Up to kBatchRows events with codes of the store's dictionary.
  void add(EventRows batch);
  [[nodiscard]] const IngestSummary& summary() const noexcept { return summary_; }

  static constexpr std::size_t kBatchRows = 1u << 18;  // 40 MB

 private:
  enum class State : std::uint8_t { kNew, kReplaces, kDone };
  struct Hit {
    std::uint32_t head;
    std::uint32_t stored_row;
  };

  enum class Known : std::uint8_t { kNew, kStored, kHeld, kDropped };
  struct Versions {  // of one identity; the stored one first
    EventRows rows;
    std::vector<Print> prints;
    std::vector<Known> known;
    bool stored_touched = false;  // whether the stored one's order changed
  };

  void index_batch();
  [[nodiscard]] std::uint32_t find(std::int64_t unit, std::int64_t event, std::int64_t source) const noexcept;
  [[nodiscard]] std::vector<Hit> probe(const Segment& segment) const;
  void settle_stored(const Segment& segment, const std::vector<Hit>& hits);
  bool settle(std::uint32_t head, const EventRows* stored, std::size_t stored_row);
  [[nodiscard]] Versions gather_versions(std::uint32_t head, const EventRows* stored, std::size_t stored_row);
  [[nodiscard]] std::optional<std::size_t> winner_of(const Versions& all);
  void write_out();

  Segments& segments_;
  Quarantine& quarantine_;
  const Gate& gate_;
  const Dictionary& texts_;
  int partition_bits_;
  IngestSummary summary_;

  // Of the batch being added.
  EventRows batch_;
  std::vector<std::uint64_t> slots_;  // upper half: tag of the hash; lower half: row + 1; 0: free
  int shift_ = 0;
  std::vector<State> state_;
  std::map<std::uint32_t, std::vector<std::uint32_t>>
      rivals_;       // first row of an identity to later rows with other payloads
  EventRows extra_;  // winners that were settled version by version
};

}  // namespace tactful::store_detail
