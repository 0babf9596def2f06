#include <algorithm>

#include "inputs.hpp"
#include "numbers.hpp"
#include "tactful/core/text.hpp"
#include "tactful/simulation/operating.hpp"
#include "world.hpp"

namespace tactful::tools {
namespace {

constexpr std::int64_t kPilots = 1000;

Json to_json(const SimulatedShare& share) {
  Json object = Json::object();
  return std::move(
      object.set("count", share.count).set("share", share.share).set("low", share.low).set("high", share.high));
}

Json to_json(const OperatingCharacteristics& result, const World& world) {
  Json variants = Json::array();
  for (const VariantCharacteristics& one : result.variants) {
    Json object = Json::object();
    object.set("variant", one.variant).set("promoted", to_json(one.promoted)).set("stopped", to_json(one.stopped));
    object.set("won", to_json(one.won)).set("mean_units", one.mean_units);
    variants.push_back(std::move(object));
  }
  Json object = Json::object();
  object.set("pilots", result.pilots).set("seed", result.seed).set("customers_per_week", world.customers_per_week);
  Json decided = Json::array();
  for (const std::int64_t count : result.decided_at) decided.push_back(count);
  object.set("mean_units", result.mean_units)
      .set("mean_days", result.mean_days)
      .set("decided_at", std::move(decided))
      .set("promoted", to_json(result.promoted))
      .set("stopped", to_json(result.stopped));
  object.set("ended_without_winner", to_json(result.ended_without_winner)).set("invalid", to_json(result.invalid));
  object.set("undecided", to_json(result.undecided));
  return std::move(object.set("variants", std::move(variants)));
}

void add_row(Table& table, std::string decision, std::string variant, const SimulatedShare& share) {
  if (table.columns.size() == 4) {
    table.rows.push_back({std::move(decision), std::move(variant), percent(share.share),
                          percent(share.low) + " to " + percent(share.high)});
  } else {
    table.rows.push_back({std::move(decision), std::move(variant), share.count, share.share, share.low, share.high});
  }
}

void print(const OperatingCharacteristics& result, const World& world, Console& console) {
  if (console.format == Format::kJson) {
    console.out.line(to_json(result, world).dump(2));
    return;
  }
  Table table{{"decision", "variant", "of pilots", "95 % interval"}, {}};
  if (console.format == Format::kCsv) table.columns = {"decision", "variant", "count", "share", "low", "high"};
  add_row(table, "promote", "", result.promoted);
  for (const VariantCharacteristics& one : result.variants) add_row(table, "promote", one.variant, one.promoted);
  add_row(table, "stop", "", result.stopped);
  for (const VariantCharacteristics& one : result.variants) add_row(table, "stop", one.variant, one.stopped);
  add_row(table, "end_without_winner", "", result.ended_without_winner);
  add_row(table, "invalid", "", result.invalid);
  if (console.format == Format::kTable)
    console.out.line(grouped(result.pilots) + " pilots, reviewed at every planned look, decided after " +
                     decimals(result.mean_days, 1) + " days and " +
                     grouped(static_cast<std::int64_t>(result.mean_units + 0.5)) + " customers on average (seed " +
                     std::to_string(result.seed) + "):\n");
  console.out.write(render(table, console.format));
  if (console.format != Format::kTable) return;
  std::string line = "\ndecided at review";
  for (std::size_t k = 0; k < result.decided_at.size(); ++k) {
    line += (k == 0 ? " " : ", ") + std::to_string(k + 1) + ": " +
            percent(static_cast<double>(result.decided_at[k]) / static_cast<double>(result.pilots));
  }
  console.out.line(line);
}

Table corners_table(const Calibration& calibration, bool for_people) {
  Table table{{"in a world where", "this must be rare", "at most", "seen", "95 % interval", "holds"}, {}};
  if (!for_people) table.columns = {"world", "claim", "allowed", "count", "share", "low", "high", "holds"};
  for (const CalibrationCorner& one : calibration.corners) {
    if (for_people) {
      table.rows.push_back({one.name, one.claim, percent(one.allowed), percent(one.seen.share),
                            percent(one.seen.low) + " to " + percent(one.seen.high), one.holds ? "yes" : "NO"});
    } else {
      table.rows.push_back(
          {one.name, one.claim, one.allowed, one.seen.count, one.seen.share, one.seen.low, one.seen.high, one.holds});
    }
  }
  return table;
}

void print_calibration(const Calibration& calibration, const World& world, Console& console) {
  if (console.format == Format::kJson) {
    Json corners = Json::array();
    for (const CalibrationCorner& one : calibration.corners) {
      Json object = Json::object();
      object.set("world", one.name).set("claim", one.claim).set("allowed", one.allowed).set("seen", to_json(one.seen));
      corners.push_back(std::move(object.set("holds", one.holds)));
    }
    Json object = Json::object();
    object.set("corners", std::move(corners)).set("world", to_json(calibration.world, world));
    console.out.line(object.dump(2));
    return;
  }
  const bool for_people = console.format != Format::kCsv;
  if (for_people)
    console.out.line("What the plan may get wrong, each in " + grouped(calibration.world.pilots) + " pilots:\n");
  console.out.write(render(corners_table(calibration, for_people), console.format));
  if (!for_people) return;
  console.out.line("\nIn the world as given:");
  print(calibration.world, world, console);
}

// A world that says nothing of where its customers live is one of customers in scope.
Experiment for_world(const Experiment& experiment, const World& world) {
  Experiment result = experiment;
  if (world.attributes.empty() && world.out_of_scope == 0 && world.region == World{}.region)
    result.scope = Json::object();
  return result;
}

// What was forgotten or mistyped shows in no number.
void warn_of_unmatched_outcomes(const Experiment& experiment, const World& world, const Console& console) {
  const auto in_world = [&world](const std::string& kind) {
    return std::any_of(world.outcomes.begin(), world.outcomes.end(), [&](const auto& one) { return one.kind == kind; });
  };
  std::string used;
  for (const Metric& metric : experiment.metrics) {
    used += (used.empty() ? "" : ", ") + metric.outcome;
    if (metric.role != Role::kMonitor && !in_world(metric.outcome))
      console.warn("warning: no rate is given for " + metric.outcome + " (metric " + metric.key +
                   "), so it never happens");
  }
  for (const SimulatedOutcome& outcome : world.outcomes) {
    const bool known = std::any_of(experiment.metrics.begin(), experiment.metrics.end(),
                                   [&](const Metric& metric) { return metric.outcome == outcome.kind; });
    if (!known)
      console.warn("warning: no metric uses " + printable(outcome.kind) + ", so it changes nothing; metrics use " +
                   used);
  }
}

Result<int> run_simulate(const Arguments& arguments, Console& console) {
  const auto experiment = load_experiment(*arguments.text("EXPERIMENT"));
  if (!experiment) return experiment.error();
  const auto pilots = arguments.integer("--pilots", kPilots, 1, 1'000'000);
  if (!pilots) return pilots.error();
  const auto world = read_world(arguments, *experiment);
  if (!world) return world.error();
  warn_of_unmatched_outcomes(*experiment, *world, console);
  SimulationOptions options;
  options.pilots = *pilots;
  if (arguments.has("--calibrate")) {
    const auto calibration = calibrate(for_world(*experiment, *world), *world, options);
    if (!calibration) return calibration.error();
    print_calibration(*calibration, *world, console);
    return kDone;
  }
  const auto result = simulate_decisions(for_world(*experiment, *world), *world, options);
  if (!result) return result.error();
  print(*result, *world, console);
  return kDone;
}

}  // namespace

Command simulate_command() {
  Command command;
  command.name = "simulate";
  command.summary = "How often a plan promotes, stops or finds nothing, when customers behave as you suppose.";
  command.examples = {
      {"tactful simulate payment-reminder.json --outcome converted=0.30,0.30,0.325 --outcome "
       "complaint=0.003,0.003,0.003 --outcome repeat_contact=0.05,0.05,0.05 --customers 27000",
       "One wording better by 2.5 points: how often is it found?"},
      {"tactful simulate payment-reminder.json --outcome converted=0.3,0.3,0.3 --outcome complaint=0.003,0.003,0.003 "
       "--outcome repeat_contact=0.05,0.05,0.05 --pilots 10000",
       "No wording better: how often is one promoted all the same?"},
      {"tactful simulate payment-reminder.json --world world.json --calibrate --pilots 5000",
       "Do the plan's own guarantees hold? About a minute."},
      {"tactful simulate payment-reminder.json --world world.json --seed 7 --json", "The world from a file."}};
  command.positionals = {{"EXPERIMENT", "The experiment file."}};
  command.options = {{"--pilots", "N", "How many pilots, 1 to 1,000,000; default 1000."},
                     {"--calibrate", "",
                      "Also prove the error rates: promotions where nothing changes, false stops, promotions of a "
                      "variant that is exactly at a guardrail's margin."},
                     {"--seed", "S", "Seed of the draws; default 1. The same seed gives the same answer."}};
  for (OptionSpec& option : world_options()) command.options.push_back(std::move(option));
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details =
      "Draws the counts of each pilot day by day, reviews it at every planned look by the rules of the experiment file "
      "and stops where a review decides. "
      "Outcomes that no "
      "metric uses change nothing; give every outcome that a metric uses.";
  command.next = "too rarely promoted: more customers, more weeks, or a bolder wording; then start the pilot.";
  command.run = run_simulate;
  return command;
}

}  // namespace tactful::tools
