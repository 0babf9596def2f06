#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "tactful/core/diagnostic.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/experiment/ledger.hpp"

namespace tactful {

/// A fact about the customer or the message for targeting; owned by the caller for the length of the call.
struct Attribute {
  using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string_view>;
  std::string_view name;
  Value value;
};

/// Who a message is for. `unit` is analysed; the randomised id is `cluster` for a clustered experiment, else `unit`.
struct Subject {
  std::string_view unit;
  std::string_view cluster;  ///< Empty where the experiment is not clustered.
  std::span<const Attribute> attributes;
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
};

[[nodiscard]] std::string_view to_string(AssignmentReason reason) noexcept;

/// What assign() says. Trivially copyable; 16 bytes.
struct Assignment {
  std::uint64_t bucket = 0;   ///< The variant draw where there was one.
  std::uint16_t variant = 0;  ///< Index into Experiment::variants; 0 is control.
  AssignmentReason reason = AssignmentReason::kUnknownExperiment;
  bool enrolled = false;  ///< Whether an exposure of this subject belongs to the experiment.
};

/// One experiment compiled for assignment: thresholds as integers, salts hashed, scope compiled.
/// Thread-safety: immutable; assign() is safe from any number of threads, takes no lock, allocates nothing, does no
/// I/O, reads no clock. The one exception is a scope with $regex: RE2 fills a cache of its own under a lock while it
/// matches.
class Assigner {
 public:
  /// Errors: kInvalidExperiment (an unknown scheme or scope operator, a layer or holdout, which this release does not
  /// have, or an experiment that did not come from a file and breaks its ranges), with its JSON pointer in `where`.
  [[nodiscard]] static Result<Assigner> compile(const Experiment& experiment, const Lifecycle& lifecycle = {});

  Assigner(Assigner&&) noexcept;
  Assigner& operator=(Assigner&&) noexcept;
  ~Assigner();

  /// Deterministic in its arguments; the same on every machine and in every port (docs/spec/assignment.md). Checked in
  /// this order, the first that applies decides: stopped; no unit (the randomised id or the unit is empty); in the
  /// pilot not started and enrolment ended; out of scope; after a promotion the holdback draw; in the pilot the traffic
  /// draw and then the variant draw.
  [[nodiscard]] Assignment assign(const Subject& subject, TimeMs now) const noexcept;

 private:
  struct Program;
  explicit Assigner(std::unique_ptr<const Program> program);
  std::unique_ptr<const Program> program_;
};

}  // namespace tactful
