#include "program.hpp"

#include <limits>

#include "tactful/assignment/hashing.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful {
namespace {

constexpr std::size_t kVersionDigits = 16;

Error refuse(std::string pointer, std::string message, std::string hint) {
  return {ErrorCode::kInvalidExperiment, std::move(message), std::move(pointer), std::move(hint)};
}

Status check_ranges(const Experiment& experiment) {
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
  const auto is_fraction = [](Fraction f) { return f.millionths >= 0 && f.millionths <= Fraction::kWhole; };
  for (const RampStep& step : experiment.ramp) {
    if (!is_fraction(step.fraction)) return refuse("/ramp", "a fraction is out of range", "0 to 1,000,000 millionths");
  }
  for (const Holdout& holdout : experiment.holdouts) {
    if (!is_fraction(holdout.fraction))
      return refuse("/holdout", "a fraction is out of range", "0 to 1,000,000 millionths");
  }
  std::int64_t next = 0;
  for (const SlotRange& slots : experiment.layer_slots.slots) {
    if (slots.first < next || slots.last < slots.first || slots.last >= experiment.layer_slots.of)
      return refuse("/layer/slots", "the slots are not ascending, apart and inside the layer", "");
    next = slots.last + 1;
  }
  if (!experiment.layer.empty() && experiment.layer_slots.slots.empty())
    return refuse("/layer", "a layer was named without slots", "write {\"key\", \"slots\": [first, last], \"of\"}");
  if (!experiment.hashing.ranges.empty() && experiment.hashing.ranges.size() != experiment.variants.size())
    return refuse("/hashing/ranges", "there is not one entry for each variant", "");
  return {};
}

Json groups_json(const Experiment& experiment) {
  Json groups = Json::object();
  for (const SavedGroup& group : experiment.groups) {
    Json values = Json::array();
    for (const std::string& value : group.values) values.push_back(value);
    groups.set(group.name, std::move(values));
  }
  return groups;
}

Status compile_gates(const Experiment& experiment, AssignmentProgram& program) {
  for (std::size_t i = 0; i < experiment.holdouts.size(); ++i) {
    auto gate = holdout_gate(experiment.holdouts[i], units_of(experiment.hashing), append_pointer("/holdout", i));
    if (!gate) return gate.error();
    program.holdouts.push_back(std::move(gate).value());
  }
  if (!experiment.layer.empty()) {
    auto gate = layer_gate(program.scheme, experiment);
    if (!gate) return gate.error();
    program.layer = std::move(gate).value();
  }
  for (std::size_t i = 0; i < experiment.hashing.filters.size(); ++i) {
    auto gate = filter_gate(experiment.hashing.filters[i], experiment.hashing, append_pointer("/hashing/filters", i));
    if (!gate) return gate.error();
    program.filters.push_back(std::move(gate).value());
  }
  for (const RampStep& step : experiment.ramp) {
    auto share = make_share(program.scheme, experiment, step.fraction);
    if (!share) return share.error();
    program.ramp.push_back({step.from, std::move(share).value()});
  }
  return {};
}

Status compile_overrides(const Experiment& experiment, AssignmentProgram& program) {
  for (const Override& one : experiment.overrides) {
    const auto index = experiment.variant_index(one.variant);
    if (!index) {
      return refuse(append_pointer("/overrides", one.unit), "there is no variant \"" + printable(one.variant) + "\"",
                    "name one of the variants");
    }
    program.overrides.emplace_back(one.unit, static_cast<std::uint16_t>(*index));
  }
  std::sort(program.overrides.begin(), program.overrides.end());
  return {};
}

Status compile_promotion(const Experiment& experiment, const Lifecycle& lifecycle, AssignmentProgram& program) {
  if (lifecycle.state != Lifecycle::State::kPromoted) return {};
  const auto promoted = experiment.variant_index(lifecycle.variant);
  if (!promoted) {
    return refuse("/variants", "the promoted variant \"" + printable(lifecycle.variant) + "\" is none of the variants",
                  "undo the edit of the experiment file, or promote again");
  }
  program.promoted = static_cast<std::uint16_t>(*promoted);
  program.holdback.source = BucketSource(Hash::kTactful1, seed_text(Draw::kHoldback, experiment.salt));
  const std::int32_t part = lifecycle.holdback.millionths;
  if (part >= Fraction::kWhole) {
    program.holdback.ranges = {{0, program.holdback.source.last(), 0}};
  } else if (part > 0) {
    add_range(program.holdback.ranges, 0, threshold(static_cast<std::uint64_t>(part), Fraction::kWhole));
  }
  return {};
}

// A stopped wording under another name would come back.
Status compile_stops(const Experiment& experiment, const Lifecycle& lifecycle, AssignmentProgram& program) {
  for (const VariantStop& stop : lifecycle.stopped_variants) {
    const auto index = experiment.variant_index(stop.variant);
    if (!index && lifecycle.state == Lifecycle::State::kPilot) {
      return refuse("/variants", "the stopped variant \"" + printable(stop.variant) + "\" is none of the variants",
                    "undo the edit of the experiment file: its buckets stay with control");
    }
    program.stopped.resize(experiment.variants.size());
    if (index) program.stopped[*index] = true;
  }
  return {};
}

}  // namespace

Result<AssignmentProgram> compile_program(const Experiment& experiment, const Lifecycle& lifecycle) {
  const auto scheme = find_scheme(experiment.scheme, "/scheme");
  if (!scheme) return scheme.error();
  if (const Status checked = check_ranges(experiment); !checked) return checked.error();
  if (experiment.switchback_ms > 0 && *scheme != Scheme::kTactful1) {
    return refuse("/switchback", "only tactful-1 randomises time slots", "use the scheme tactful-1");
  }
  AssignmentProgram program;
  program.experiment = experiment;
  program.lifecycle = lifecycle;
  program.scheme = *scheme;
  program.fingerprint = fingerprint(experiment);
  const char* const digits = program.fingerprint.data();
  std::from_chars(digits, digits + std::min(kVersionDigits, program.fingerprint.size()), program.version, 16);
  if (!experiment.scope.is_null()) {
    const Json groups = groups_json(experiment);
    auto scope = Condition::compile(experiment.scope, "/scope", Condition::Mode::kScope, groups);
    if (!scope) return scope.error();
    program.scope = std::move(scope).value();
  }
  program.split = split_source(*scheme, experiment);
  if (Status status = compile_gates(experiment, program); !status) return status.error();
  if (Status status = compile_overrides(experiment, program); !status) return status.error();
  if (Status status = compile_promotion(experiment, lifecycle, program); !status) return status.error();
  if (Status status = compile_stops(experiment, lifecycle, program); !status) return status.error();
  return program;
}

}  // namespace tactful
