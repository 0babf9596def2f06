#include "tactful/assignment/assigner.hpp"

#include <limits>
#include <vector>

#include "condition.hpp"
#include "tactful/assignment/hashing.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

constexpr std::string_view kScheme = "tactful-1";

Error refuse(std::string pointer, std::string message, std::string hint) {
  return {ErrorCode::kInvalidExperiment, std::move(message), std::move(pointer), std::move(hint)};
}

// "draw < floor(2^64 * part / whole)", or always where the part is the whole.
struct Gate {
  std::uint64_t below = 0;
  bool always = false;

  static Gate of(Fraction fraction) noexcept {
    if (fraction.millionths >= Fraction::kWhole) return {0, true};
    return {threshold(static_cast<std::uint64_t>(fraction.millionths), Fraction::kWhole), false};
  }
  [[nodiscard]] bool admits(std::uint64_t drawn) const noexcept { return always || drawn < below; }
};

struct Step {
  TimeMs from = 0;
  Gate gate;
};

struct Share {
  std::uint64_t below = 0;
  std::uint16_t variant = 0;
};

}  // namespace

struct Assigner::Program {
  Lifecycle::State state = Lifecycle::State::kPilot;
  bool clustered = false;
  TimeMs start = 0;
  TimeMs enrolment_end = 0;
  Condition scope;
  std::vector<Step> ramp;
  std::vector<Share> shares;     // variants with a weight, but for the last
  std::uint16_t last_share = 0;  // the last variant with a weight catches the rest
  std::uint64_t traffic_seed = 0;
  std::uint64_t variant_seed = 0;
  std::uint64_t holdback_seed = 0;
  Gate holdback;
  std::uint16_t promoted = 0;

  [[nodiscard]] const Step* step_at(TimeMs now) const noexcept {
    for (auto step = ramp.rbegin(); step != ramp.rend(); ++step) {
      if (step->from <= now) return &*step;
    }
    return nullptr;
  }
};

namespace {

Status check(const Experiment& experiment) {
  if (experiment.scheme != kScheme) {
    return refuse("/scheme", "there is no assignment scheme \"" + printable(experiment.scheme) + "\"",
                  "write \"tactful-1\"; a newer scheme needs a newer release");
  }
  // Ignoring these would enrol units that the file means to keep apart.
  if (!experiment.layer.empty()) return refuse("/layer", "this release has no layers", "leave the field out");
  if (!experiment.holdout.empty()) return refuse("/holdout", "this release has no holdouts", "leave the field out");
  if (experiment.ramp.empty())
    return refuse("/ramp", "the ramp has no step", "add {\"from\": pilot.start, \"fraction\": 1}");
  if (experiment.variants.empty() || experiment.variants.size() > std::numeric_limits<std::uint16_t>::max()) {
    return refuse("/variants", "the number of variants is out of range", "list at least two wordings");
  }
  std::int64_t total = 0;
  for (const Variant& variant : experiment.variants) {
    if (variant.weight < 0 || variant.weight > 1'000'000)
      return refuse("/variants", "a weight is out of range", "0 to 1,000,000");
    total += variant.weight;
  }
  if (total == 0) return refuse("/variants", "all weights are zero", "give each wording a weight");
  for (const RampStep& step : experiment.ramp) {
    if (step.fraction.millionths < 0 || step.fraction.millionths > Fraction::kWhole) {
      return refuse("/ramp", "a fraction is out of range", "0 to 1,000,000 millionths");
    }
  }
  return {};
}

// Weighted variants with their cumulative thresholds.
std::vector<Share> shares_of(const std::vector<Variant>& variants) {
  std::uint64_t total = 0;
  for (const Variant& variant : variants) total += static_cast<std::uint64_t>(variant.weight);
  std::vector<Share> shares;
  std::uint64_t cumulated = 0;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    if (variants[i].weight == 0) continue;
    cumulated += static_cast<std::uint64_t>(variants[i].weight);
    shares.push_back({threshold(cumulated, total), static_cast<std::uint16_t>(i)});
  }
  return shares;
}

}  // namespace

std::string_view to_string(AssignmentReason reason) noexcept {
  switch (reason) {
    case AssignmentReason::kAssigned:
      return "assigned";
    case AssignmentReason::kPromoted:
      return "promoted";
    case AssignmentReason::kHoldback:
      return "holdback";
    case AssignmentReason::kNotInTraffic:
      return "not_in_traffic";
    case AssignmentReason::kOutOfScope:
      return "out_of_scope";
    case AssignmentReason::kNotStarted:
      return "not_started";
    case AssignmentReason::kEnrolmentEnded:
      return "enrolment_ended";
    case AssignmentReason::kStopped:
      return "stopped";
    case AssignmentReason::kNoUnit:
      return "no_unit";
    case AssignmentReason::kUnknownExperiment:
      return "unknown_experiment";
    case AssignmentReason::kUnknownScheme:
      return "unknown_scheme";
  }
  return "unknown_experiment";
}

Assigner::Assigner(std::unique_ptr<const Program> program) : program_(std::move(program)) {}
Assigner::Assigner(Assigner&&) noexcept = default;
Assigner& Assigner::operator=(Assigner&&) noexcept = default;
Assigner::~Assigner() = default;

Result<Assigner> Assigner::compile(const Experiment& experiment, const Lifecycle& lifecycle) {
  if (const Status checked = check(experiment); !checked) return checked.error();
  auto program = std::make_unique<Program>();
  program->state = lifecycle.state;
  program->clustered = experiment.is_clustered();
  program->start = experiment.pilot.start;
  program->enrolment_end = experiment.plan.enrolment_end;
  if (!experiment.scope.is_null()) {
    auto scope = Condition::compile(experiment.scope, "/scope", Condition::Mode::kScope);
    if (!scope) return scope.error();
    program->scope = std::move(scope).value();
  }
  for (const RampStep& step : experiment.ramp) program->ramp.push_back({step.from, Gate::of(step.fraction)});
  program->shares = shares_of(experiment.variants);
  program->last_share = program->shares.back().variant;
  program->shares.pop_back();
  program->traffic_seed = draw_seed(seed_text(Draw::kTraffic, experiment.salt));
  program->variant_seed = draw_seed(seed_text(Draw::kVariant, experiment.salt));
  program->holdback_seed = draw_seed(seed_text(Draw::kHoldback, experiment.salt));
  if (lifecycle.state == Lifecycle::State::kPromoted) {
    const auto promoted = experiment.variant_index(lifecycle.variant);
    if (!promoted) {
      return refuse("/variants",
                    "the promoted variant \"" + printable(lifecycle.variant) + "\" is none of the variants",
                    "undo the edit of the experiment file, or promote again");
    }
    program->promoted = static_cast<std::uint16_t>(*promoted);
    program->holdback = Gate::of(lifecycle.holdback);
  }
  return Assigner(std::unique_ptr<const Program>(std::move(program)));
}

Assignment Assigner::assign(const Subject& subject, TimeMs now) const noexcept {
  const Program& p = *program_;
  const auto control = [](AssignmentReason reason) { return Assignment{0, 0, reason, false}; };
  if (p.state == Lifecycle::State::kStopped) return control(AssignmentReason::kStopped);
  const std::string_view id = p.clustered ? subject.cluster : subject.unit;
  if (id.empty() || subject.unit.empty()) return control(AssignmentReason::kNoUnit);
  const bool pilot = p.state == Lifecycle::State::kPilot;
  if (pilot && now < p.start) return control(AssignmentReason::kNotStarted);
  if (pilot && now >= p.enrolment_end) return control(AssignmentReason::kEnrolmentEnded);
  if (!p.scope.matches(AttributeSource(subject.attributes))) return control(AssignmentReason::kOutOfScope);
  if (!pilot) {
    if (p.holdback.admits(draw(p.holdback_seed, id))) return {0, 0, AssignmentReason::kHoldback, true};
    return {0, p.promoted, AssignmentReason::kPromoted, true};
  }
  const Step* step = p.step_at(now);
  if (step == nullptr || !step->gate.admits(draw(p.traffic_seed, id))) return control(AssignmentReason::kNotInTraffic);
  const std::uint64_t drawn = draw(p.variant_seed, id);
  for (const Share& share : p.shares) {
    if (drawn < share.below) return {drawn, share.variant, AssignmentReason::kAssigned, true};
  }
  return {drawn, p.last_share, AssignmentReason::kAssigned, true};
}

}  // namespace tactful
