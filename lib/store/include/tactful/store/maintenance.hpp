#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tactful/core/time.hpp"
#include "tactful/journal/event.hpp"

namespace tactful {

/// What forgetting took out of a store: counts, never ids.
struct StoreErasure {
  std::int64_t units = 0;        ///< Different units asked for.
  std::int64_t units_found = 0;  ///< Of them, those that the store held anything of.
  std::int64_t events = 0;
  std::int64_t wide_rows = 0;
  std::int64_t quarantined = 0;
  std::int64_t segments_rewritten = 0;  ///< Removed ones among them.
  bool bytes_gone = false;  ///< The files hold no byte of them any more. False: see bytes_kept_by; the next opening for
                            ///< writing tries again. Always false in a dry run.
  std::string
      bytes_kept_by;  ///< Why bytes_gone is false: a reader that keeps the log, a full disk; empty in a dry run.
  bool operator==(const StoreErasure&) const = default;
};

/// What a purge took out of a store.
struct StorePurge {
  std::int64_t events = 0;
  std::int64_t wide_rows = 0;
  std::int64_t quarantined = 0;
  std::int64_t reinstated = 0;  ///< Quarantined events that took the place of one that went.
  std::int64_t segments_rewritten = 0;
  std::int64_t aggregates = 0;  ///< Of those given, how many were not kept before.
  bool bytes_gone = false;      ///< As in StoreErasure.
  std::string bytes_kept_by;    ///< As in StoreErasure.
  bool operator==(const StorePurge&) const = default;
};

/// Statistics of one experiment, kept when its events go; `content` is up to the caller (JSON).
struct Aggregate {
  std::string experiment;
  TimeMs before = 0;  ///< Of the purge that it was kept for.
  TimeMs at = 0;      ///< When that was.
  std::string content;
  bool operator==(const Aggregate&) const = default;
};

/// What compaction did.
struct StoreCompaction {
  std::int64_t segments_before = 0, segments_after = 0;
  std::int64_t bytes_before = 0, bytes_after = 0;
  std::int64_t rows_sorted = 0;  ///< Rows of the groups that were not in order yet.
  bool operator==(const StoreCompaction&) const = default;
};

/// An event that lost against another payload of its identity.
struct QuarantinedEvent {
  StoredEvent event;  ///< Codes of the store's dictionary.
  std::string writer;
  std::string why;     ///< In which columns it differs from the one that stands.
  std::string handle;  ///< 16 hex digits that name it: a hash of identity and payload.
};

enum class QuarantineAction {
  kStands,   ///< It takes the place of the one that stood, which goes into quarantine.
  kDropped,  ///< It is removed, and is a duplicate when it comes again.
};

/// What a person decided about quarantined events: the audit trail.
struct QuarantineDecision {
  TimeMs at = 0;
  std::string who, why;  ///< As given; not authenticated.
  QuarantineAction action = QuarantineAction::kStands;
  std::string handle;
  bool operator==(const QuarantineDecision&) const = default;
};

/// One erasure, as a report may tell it.
struct ErasedUnits {
  TimeMs at = 0;
  std::int64_t units = 0;
  std::vector<std::pair<std::string, std::int64_t>> by_experiment;  ///< How many of them were exposed there; by key.
  bool operator==(const ErasedUnits&) const = default;
};

/// What a source has been through: what a scorecard's checks must know of that the events do not tell.
struct SourceHistory {
  std::vector<ErasedUnits> erasures;   ///< Ascending by time.
  std::int64_t purged_before = 0;      ///< Events before this time were removed on purpose; 0: none were.
  std::int64_t refused_forgotten = 0;  ///< Arrivals of events of forgotten units, which stayed out.
  std::int64_t refused_expired = 0;    ///< Arrivals of events from before purged_before, which stayed out.
  std::int64_t journals = 0;           ///< Collected so far; of them, since each was made:
  std::int64_t dropped = 0;            ///< Events that senders refused for a full queue,
  std::int64_t failed = 0;             ///< gave up while storage failed,
  std::int64_t refused = 0;            ///< refused for a field that breaks the rules, or for too many texts,
  std::int64_t withheld = 0;           ///< and kept out for a forgotten unit.

  /// Units erased at or after a moment, such as that of a review; of one experiment, or of all where the key is empty.
  [[nodiscard]] std::int64_t erased_units_since(TimeMs moment, const std::string& experiment = {}) const {
    std::int64_t units = 0;
    for (const ErasedUnits& one : erasures) {
      if (one.at < moment) continue;
      if (experiment.empty()) units += one.units;
      for (const auto& [key, count] : one.by_experiment) units += key == experiment ? count : 0;
    }
    return units;
  }
  bool operator==(const SourceHistory&) const = default;
};

}  // namespace tactful
