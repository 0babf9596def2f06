#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tactful/core/diagnostic.hpp"
#include "tactful/core/json.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/experiment/ledger.hpp"

namespace tactful {

struct AssignmentProgram;

/// A fact about the customer or the message for targeting; owned by the caller for the length of the call.
struct Attribute {
  using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string_view>;
  std::string_view name;
  Value value;
};

/// What the caller's store remembers of a unit that was given a variant before (sticky experiments).
struct StickyChoice {
  std::string_view variant;  ///< Key; empty: nothing is remembered.
  std::int64_t version = 0;  ///< Sticky::version at that time.
};

/// Who a message is for. `unit` is analysed; the randomised id is `cluster` for a clustered experiment, else `unit`; in
/// a switchback it is the time slot, together with `cluster` where that is not empty.
struct Subject {
  std::string_view unit;
  std::string_view cluster;  ///< Empty where the experiment is not clustered.
  std::span<const Attribute> attributes;
  StickyChoice sticky = {};  ///< Looked up by the caller; ignored where the experiment is not sticky.
};

/// Many subjects with the same attributes, as a table: names are resolved once. All views are the caller's.
struct SubjectTable {
  std::span<const std::string_view> units;
  std::span<const std::string_view> clusters;  ///< As many as units, or none.
  std::span<const std::string_view> names;     ///< Of the attributes; of two with one name the first counts.
  std::span<const Attribute::Value> values;    ///< Row by row: units.size() * names.size().
  std::span<const StickyChoice> sticky = {};   ///< As many as units, or none.
};

/// Why a subject got its variant. Stable names in docs/spec/assignment.md.
enum class AssignmentReason : std::uint8_t {
  kAssigned,           ///< Drawn by hash in the pilot; enrolled.
  kPromoted,           ///< The promoted variant, after promotion; enrolled in that phase.
  kHoldback,           ///< Kept on control after promotion; enrolled in that phase.
  kNotInTraffic,       ///< In scope, but beyond the ramp's present fraction: control, not enrolled.
  kOutOfScope,         ///< The scope condition does not match: control, not enrolled.
  kNotStarted,         ///< Before the pilot's start: control, not enrolled.
  kEnrolmentEnded,     ///< After the end of enrolment: control, not enrolled.
  kStopped,            ///< Stopped through the ledger: control, not enrolled.
  kNoUnit,             ///< The randomised id is empty: control, not enrolled.
  kUnknownExperiment,  ///< The catalogue has no such experiment: the sender's own text, not enrolled.
  kUnknownScheme,      ///< Reserved for files of a newer release.
  kOverride,           ///< A tester's fixed variant: not enrolled.
  kSticky,             ///< The remembered variant; enrolled.
  kStickyBlocked,      ///< Remembered in a version below the minimum: control, not enrolled.
  kHoldout,            ///< Held out of all experiments that name the holdout: control, enrolled in phase `holdout`.
  kNotInLayer,         ///< Its slot of the layer is not the experiment's: control, not enrolled.
  kFilteredOut,        ///< Outside the ranges of a filter: control, not enrolled.
  kVariantStopped,     ///< Would get a variant that was stopped by itself: control, not enrolled.
};

[[nodiscard]] std::string_view to_string(AssignmentReason reason) noexcept;

/// What assign() says. Trivially copyable; 24 bytes.
struct Assignment {
  std::uint64_t bucket = 0;   ///< The variant draw where there was one, counted from 0.
  std::uint64_t version = 0;  ///< The first 64 bits of the experiment's fingerprint; 0 for an unknown experiment.
  std::uint16_t variant = 0;  ///< Index into Experiment::variants; 0 is control.
  AssignmentReason reason = AssignmentReason::kUnknownExperiment;
  bool enrolled = false;  ///< Whether an exposure of this subject belongs to the experiment.
  bool remember = false;  ///< Sticky: the caller should store {variant's key, Sticky::version} for the unit.
};

/// One check of explain(), in the order in which assign() makes them.
struct ExplainedCheck {
  std::string check;     ///< stopped, unit, override, start, enrolment_end, sticky, scope, holdout, layer, filter, ...
  bool decided = false;  ///< Whether it decided; the last one always did.
  std::string text;      ///< In words, with values and thresholds: "bucket 4312 of 10000; admitted: 0 to 2499".
  Json values;           ///< The same for programs; buckets are texts.
};

struct Explanation {
  Assignment assignment;  ///< Exactly what assign() says.
  std::string variant;    ///< Key.
  std::string randomised_id;
  std::string fingerprint;
  std::vector<ExplainedCheck> checks;

  [[nodiscard]] std::string to_text() const;
  [[nodiscard]] Json to_json() const;
};

/// What a switchback randomises at `now`, "<slot>" or "<slot>:<cluster>", slots of Experiment::switchback_ms counted
/// from 0 at pilot.start; the cluster of a clustered experiment; else the unit. What exposures carry as cluster.
[[nodiscard]] std::string randomised_id(const Experiment& experiment, std::string_view unit, std::string_view cluster,
                                        TimeMs now);

/// One experiment compiled for assignment: thresholds as integers, salts hashed, scope compiled.
/// Thread-safety: immutable; assign() is safe from any number of threads, takes no lock, allocates nothing, does no
/// I/O, reads no clock. The one exception is a scope with $regex: RE2 fills a cache of its own under a lock while it
/// matches.
class Assigner {
 public:
  /// Errors: kInvalidExperiment (an unknown scheme or scope operator, a fraction, weight or range that the scheme
  /// cannot express exactly, a layer in a scheme that has none, or an experiment that did not come from a file and
  /// breaks its ranges), with its JSON pointer in `where`.
  [[nodiscard]] static Result<Assigner> compile(const Experiment& experiment, const Lifecycle& lifecycle = {});

  Assigner(Assigner&&) noexcept;
  Assigner& operator=(Assigner&&) noexcept;
  ~Assigner();

  /// Deterministic in its arguments; the same on every machine and in every port (docs/spec/assignment.md). Checked in
  /// this order, the first that applies decides: stopped; no unit (the randomised id or the unit is empty); override;
  /// in the pilot not started and enrolment ended; remembered but blocked; out of scope; held out; after a promotion
  /// the holdback draw; in the pilot the remembered variant, the layer, the filters, the traffic draw and the variant
  /// draw. A remembered variant passes scope, layer, filters and traffic. Whichever way a variant comes that was
  /// stopped by itself (override, remembered, drawn), control is given instead; nobody else's assignment changes.
  [[nodiscard]] Assignment assign(const Subject& subject, TimeMs now) const noexcept;

  /// assign() for each row; `out` has as many elements as rows. A table whose sizes do not fit leaves `out` as
  /// kNoUnit. Allocates nothing.
  void assign(const SubjectTable& table, TimeMs now, std::span<Assignment> out) const noexcept;

  /// assign() with every check it made. Allocates; for people and support tools.
  [[nodiscard]] Explanation explain(const Subject& subject, TimeMs now) const;

  /// Names of the attributes that the scope reads, each once.
  [[nodiscard]] std::span<const std::string> attribute_names() const noexcept;

  /// The compiled experiment's fingerprint.
  [[nodiscard]] std::string_view fingerprint() const noexcept;

 private:
  explicit Assigner(std::unique_ptr<const AssignmentProgram> program);
  std::unique_ptr<const AssignmentProgram> program_;
};

}  // namespace tactful
