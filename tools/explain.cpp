#include "attribute_types.hpp"
#include "inputs.hpp"
#include "tactful/assignment/assigner.hpp"
#include "tactful/experiment/ledger.hpp"

namespace tactful::tools {
namespace {

Result<int> run_explain(const Arguments& arguments, Console& console) {
  const std::filesystem::path path = *arguments.text("EXPERIMENT");
  const auto experiment = load_experiment(path);
  if (!experiment) return experiment.error();
  const auto ledger = Ledger::read(Ledger::path_of(folder_of(path), experiment->key));
  if (!ledger) return ledger.error();
  const auto lifecycle = lifecycle_of(*experiment, *ledger);
  if (!lifecycle) return lifecycle.error();
  const auto assigner = Assigner::compile(*experiment, *lifecycle);
  if (!assigner) return assigner.error();
  const auto at = time_option(arguments, "--at", experiment->utc_offset);
  if (!at) return at.error();
  const auto pairs = arguments.pairs("--attribute");
  if (!pairs) return pairs.error();
  AttributeTypes types = types_of_scope(experiment->scope);
  if (const Status added = add_declared_types(arguments, types); !added) return added.error();
  std::vector<Attribute> attributes;
  for (const auto& [name, value] : *pairs) {
    const auto type = types.find(name);
    attributes.push_back({name, attribute_value(value, type == types.end() ? AttributeType::kText : type->second)});
  }
  const auto version = arguments.integer("--remembered-version", experiment->sticky.version, 0, 1'000'000);
  if (!version) return version.error();
  const std::string unit = *arguments.text("UNIT");
  const std::string remembered = arguments.text_or("--remembered", "");
  // A bare id of a clustered experiment is the cluster's, as in `assign`.
  const std::string cluster = arguments.text_or("--cluster", experiment->switchback_ms > 0 ? "" : unit);
  const Subject subject{unit,
                        experiment->is_clustered() ? std::string_view(cluster) : std::string_view(),
                        attributes,
                        {remembered, *version}};
  const Explanation why = assigner->explain(subject, *at);
  if (console.format == Format::kJson) {
    console.out.line(why.to_json().dump(2));
  } else {
    console.out.write(why.to_text());
  }
  return kDone;
}

}  // namespace

Command explain_command() {
  Command command;
  command.name = "explain";
  command.summary = "Why a unit gets its wording: every check in order, with values and thresholds.";
  command.examples = {
      {"tactful explain payment-reminder.json C-1001 --attribute region=east-2", "One customer, now."},
      {"tactful explain payment-reminder.json C-1001 --at 2026-05-20 --json", "The same for a program, as of a day."}};
  command.positionals = {{"EXPERIMENT", "The experiment file; its ledger is obeyed."}, {"UNIT", "The unit's id."}};
  command.options = {{"--attribute", "NAME=VALUE", "An attribute of the unit.", false, true},
                     {"--type", "NAME=TYPE",
                      "Reads an attribute as text, number or bool; default as the scope compares it.", false, true},
                     {"--cluster", "ID", "The randomised id of a clustered experiment; default the unit's."},
                     {"--remembered", "VARIANT", "What the store of a sticky experiment remembers of the unit."},
                     {"--remembered-version", "N", "In which version of the choices; default the present one."},
                     {"--at", "TIME", "As of when; default now."}};
  command.formats = {Format::kTable, Format::kJson};
  command.details =
      "Ids and attributes are printed as they were given; do not share the output where they are personal.";
  command.next = "tactful diff says what an edit would move.";
  command.run = run_explain;
  return command;
}

}  // namespace tactful::tools
