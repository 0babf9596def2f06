#include "tactful/assignment/assigner.hpp"

#include <array>

#include "program.hpp"

namespace tactful {

std::string_view to_string(AssignmentReason reason) noexcept {
  constexpr std::array<std::string_view, 18> kNames{
      "assigned",        "promoted",       "holdback", "not_in_traffic",     "out_of_scope",   "not_started",
      "enrolment_ended", "stopped",        "no_unit",  "unknown_experiment", "unknown_scheme", "override",
      "sticky",          "sticky_blocked", "holdout",  "not_in_layer",       "filtered_out",   "variant_stopped"};
  const auto index = static_cast<std::size_t>(reason);
  return index < kNames.size() ? kNames[index] : "unknown_experiment";
}

std::string randomised_id(const Experiment& experiment, std::string_view unit, std::string_view cluster, TimeMs now) {
  if (experiment.switchback_ms <= 0) return std::string(experiment.is_clustered() ? cluster : unit);
  std::string id(SlotText(experiment, now).view());
  if (!cluster.empty()) id.append(":").append(cluster);
  return id;
}

Assigner::Assigner(std::unique_ptr<const AssignmentProgram> program) : program_(std::move(program)) {}
Assigner::Assigner(Assigner&&) noexcept = default;
Assigner& Assigner::operator=(Assigner&&) noexcept = default;
Assigner::~Assigner() = default;

Result<Assigner> Assigner::compile(const Experiment& experiment, const Lifecycle& lifecycle) {
  auto program = compile_program(experiment, lifecycle);
  if (!program) return program.error();
  return Assigner(std::make_unique<const AssignmentProgram>(std::move(program).value()));
}

Assignment Assigner::assign(const Subject& subject, TimeMs now) const noexcept {
  return decide(*program_, {subject.unit, subject.cluster, AttributeSource(subject.attributes), subject.sticky}, now,
                NoTrace{});
}

void Assigner::assign(const SubjectTable& table, TimeMs now, std::span<Assignment> out) const noexcept {
  const std::size_t rows = table.units.size();
  const std::size_t width = table.names.size();
  if (out.size() != rows || table.values.size() != rows * width || width >= AttributeSource::kAbsent ||
      (!table.clusters.empty() && table.clusters.size() != rows) ||
      (!table.sticky.empty() && table.sticky.size() != rows)) {
    for (Assignment& one : out) one = {0, program_->version, 0, AssignmentReason::kNoUnit, false, false};
    return;
  }
  std::array<std::uint16_t, Condition::kMostNames> columns{};
  const auto names = program_->scope.names();
  for (std::size_t slot = 0; slot < names.size(); ++slot) {
    columns[slot] = AttributeSource::kAbsent;
    for (std::size_t column = width; column-- > 0;) {
      if (table.names[column] == names[slot]) columns[slot] = static_cast<std::uint16_t>(column);
    }
  }
  const std::span<const std::uint16_t> used(columns.data(), names.size());
  for (std::size_t row = 0; row < rows; ++row) {
    out[row] = decide(*program_,
                      {table.units[row], table.clusters.empty() ? std::string_view() : table.clusters[row],
                       AttributeSource(table.values.subspan(row * width, width), used),
                       table.sticky.empty() ? StickyChoice{} : table.sticky[row]},
                      now, NoTrace{});
  }
}

std::span<const std::string> Assigner::attribute_names() const noexcept { return program_->scope.names(); }

std::string_view Assigner::fingerprint() const noexcept { return program_->fingerprint; }

}  // namespace tactful
