// The experiment file, and what is made of it: the compiled assigner, its templates, its lint.
#include "fuzz_target.hpp"
#include "tactful/assignment/assigner.hpp"
#include "tactful/experiment/experiment_file.hpp"
#include "tactful/experiment/message_template.hpp"

namespace tactful {
namespace {

void assign_some(const Experiment& experiment, const Assigner& assigner) {
  for (const std::string_view unit : {"", "C-1001", "\xFF", "客户"}) {
    const Attribute attributes[] = {{"region", std::string_view("east")}, {"age", std::int64_t{40}}, {"vip", true}};
    const Subject subject{unit, experiment.is_clustered() ? unit : std::string_view(), attributes};
    for (const TimeMs now : {TimeMs{0}, experiment.pilot.start, experiment.plan.enrolment_end - 1, INT64_MAX}) {
      const Assignment assigned = assigner.assign(subject, now);
      fuzz::require(assigned.variant < experiment.variants.size(), "a variant of the experiment");
      fuzz::require(!assigned.enrolled || !unit.empty(), "nobody without an id is enrolled");
      const Assignment explained = assigner.explain(subject, now).assignment;
      fuzz::require(explained.variant == assigned.variant && explained.reason == assigned.reason &&
                        explained.bucket == assigned.bucket && explained.enrolled == assigned.enrolled,
                    "explain() says what assign() says");
    }
  }
}

}  // namespace
}  // namespace tactful

TACTFUL_FUZZ_TARGET(experiment) {
  using namespace tactful;
  const ExperimentFile file = parse_experiment(input);
  fuzz::require(file.experiment.has_value() != has_errors(file.diagnostics), "an experiment or an error");
  (void)describe(file.diagnostics, "experiment.json");
  if (!file.experiment) return;
  const Experiment& experiment = *file.experiment;
  const ExperimentFile again = parse_experiment(to_json(experiment).dump());
  fuzz::require(again.experiment == experiment, "what was written reads back equal");
  fuzz::require(fingerprint(*again.experiment) == fingerprint(experiment), "and has the same fingerprint");
  (void)experiment.last_look();
  for (const Variant& variant : experiment.variants) (void)MessageTemplate::parse(variant.text);
  if (const auto assigner = Assigner::compile(experiment)) assign_some(experiment, *assigner);
}
