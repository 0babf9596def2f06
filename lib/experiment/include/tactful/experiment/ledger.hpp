#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/json.hpp"
#include "tactful/core/time.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// What a ledger entry did. Stable names: approve, review, promote, stop, demote, override.
enum class LedgerAction { kApprove, kReview, kPromote, kStop, kDemote, kOverride };

[[nodiscard]] std::string_view to_string(LedgerAction action) noexcept;

/// BLAKE2b-256 of bytes as 64 lower-case hex digits: the digest by which an entry names a file.
[[nodiscard]] std::string ledger_digest(std::string_view bytes);

/// One entry of the record why a decision was made. Names are declared by the caller, not authenticated.
struct LedgerEntry {
  std::int64_t sequence = 0;  ///< From 1, without gaps.
  TimeMs at = 0;
  std::string by;    ///< Who, as declared.
  std::string role;  ///< In which role; may be empty.
  LedgerAction action = LedgerAction::kReview;
  std::string experiment;   ///< Key.
  std::string fingerprint;  ///< Of the experiment at that time.
  Json body;                ///< What belongs to the action (docs/spec/ledger.md).
  std::string previous;     ///< Hash of the entry before; 64 zeros for the first.
  std::string hash;         ///< BLAKE2b-256 over the canonical JSON of all fields above, hex.
  bool operator==(const LedgerEntry&) const = default;
};

/// The append-only, hash-chained file `<key>.ledger.jsonl` beside the experiment file, one JSON object a line.
/// The chain shows any edit of an entry but not truncation; a review prints the head hash for that.
///
/// An entry is acknowledged only when its whole line, line feed included, is on disk. What an append left behind when
/// it was cut off (power loss, a full disk) is therefore no entry: read() passes over such a torn tail and says so in
/// torn_bytes(), so that senders go on with the acknowledged state, and the next append() cuts it off. A last line
/// whose hash is right counts as an entry even where an editor has taken its line feed. Thread-safety: append() from
/// several threads and processes is safe (file lock).
class Ledger {
 public:
  /// Where the ledger of an experiment in `folder` lies.
  [[nodiscard]] static std::filesystem::path path_of(const std::filesystem::path& folder, std::string_view key);

  /// Reads and verifies the whole chain; a file that does not exist is an empty ledger.
  /// Errors: kInvalidExperiment naming the line whose hash, sequence or form is wrong; kStorage.
  [[nodiscard]] static Result<Ledger> read(const std::filesystem::path& path);

  /// Appends under an exclusive lock after verifying the chain, and returns after fsync. sequence, previous and hash of
  /// `entry` are set here. Errors: as read(); kConflict when `expected_head` is given and is not the head any more, or
  /// the ledger belongs to another experiment; kInvalidArgument for an entry that names nobody in `by`, has a
  /// fingerprint that is not 32 hex digits, a body that is no object, or a time outside the years 0 to 9999.
  [[nodiscard]] static Result<LedgerEntry> append(const std::filesystem::path& path, LedgerEntry entry,
                                                  std::optional<std::string_view> expected_head = std::nullopt);

  [[nodiscard]] const std::vector<LedgerEntry>& entries() const noexcept { return entries_; }
  /// Hash of the last entry; 64 zeros when empty.
  [[nodiscard]] std::string head() const;
  /// Bytes behind the last entry that belong to none (see above); 0 for a whole file.
  [[nodiscard]] std::size_t torn_bytes() const noexcept { return torn_bytes_; }

 private:
  std::vector<LedgerEntry> entries_;
  std::size_t torn_bytes_ = 0;
};

/// One wording of a pilot that was stopped by itself, for good: nobody is given it any more, the others go on.
struct VariantStop {
  std::string variant;  ///< Key.
  TimeMs at = 0;        ///< Time of the entry that stopped it first.
  bool operator==(const VariantStop&) const = default;
};

/// What the ledger says the senders must do now.
struct Lifecycle {
  enum class State {
    kPilot,     ///< Assign as the experiment file says.
    kStopped,   ///< Everyone gets control; nobody is enrolled.
    kPromoted,  ///< Everyone in scope gets `variant`, but for the holdback, which stays on control.
  };
  State state = State::kPilot;
  std::string variant;  ///< Key of the promoted variant.
  Fraction holdback;    ///< Share kept on control after promotion.
  std::string phase =
      "pilot";       ///< Carried by exposures: pilot, then rollout-1, rollout-2, ... one for each promotion step.
  TimeMs since = 0;  ///< Time of the entry that set the state.
  std::string fingerprint;          ///< Of the experiment that the entry was made for; empty in the pilot.
  std::int64_t step = 0;            ///< Which step of the promotion is in force, from 1; 0 while nothing is promoted.
  std::optional<TimeMs> review_by;  ///< When the promotion must be reviewed again, where its entry says so.
  /// The policy's holdback when this variant was promoted first, where that entry says so: below it only what is shown
  /// safe again, whatever the file says now.
  std::optional<Fraction> full_holdback = std::nullopt;
  /// Wordings that were stopped by themselves, by time, in whatever version. In the pilot, customers of their buckets
  /// get control and are not enrolled; everybody else's assignment is what it was.
  std::vector<VariantStop> stopped_variants = {};
  [[nodiscard]] const VariantStop* find_stop(std::string_view key) const noexcept;
  bool operator==(const Lifecycle&) const = default;
};

/// Derives the state from the entries: the latest promote, stop or demote wins, other actions leave it. A stop whose
/// body names a `variant` stops that wording only, for good; where it is the promoted one, control, or the last that
/// the pilot tests, everything stops. A promotion's phase is its body's `phase`, else rollout-<number of promotions so
/// far>; its holdback is its body's, else the experiment's policy; its step is its body's, else one more than that of
/// the same variant before it. A demotion stops (everyone gets control), or promotes again the earlier winner that its
/// body's `to` names, as a phase of its own. Errors: kInvalidExperiment when an entry names a variant that the
/// experiment lacks (but for a stop of it), belongs to another experiment, or has a body that does not say what it
/// must.
[[nodiscard]] Result<Lifecycle> lifecycle_of(const Experiment& experiment, const Ledger& ledger);

/// The same after each entry that changed the state, in order; empty while nothing did. From it follow the phases after
/// promotion and when each began. Errors: as lifecycle_of().
[[nodiscard]] Result<std::vector<Lifecycle>> lifecycles_of(const Experiment& experiment, const Ledger& ledger);

}  // namespace tactful
