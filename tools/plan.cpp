#include <algorithm>
#include <cmath>

#include "inputs.hpp"
#include "numbers.hpp"
#include "plan_baselines.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"
#include "tactful/decision/plan_sheet.hpp"

namespace tactful::tools {
namespace {

std::string whole(double value) { return grouped(static_cast<std::int64_t>(std::llround(value))); }

std::string weeks(const std::optional<double>& value) { return value ? decimals(*value, 1) : "never"; }

Table tests_table(const PlanSheet& sheet) {
  Table table{{"metric", "role", "to show", "assumed", "level", "power", "wanted", "units an arm", "needed",
               "events needed", "weeks needed"},
              {}};
  for (std::size_t i = 0; i < sheet.tests.size(); ++i) {
    const PlannedTest& test = sheet.tests[i];
    const std::string role(to_string(test.role));
    if (!test.unavailable.empty()) {
      table.rows.push_back({test.metric, role, "not sized", "", "", "", "", "", "", "", ""});
      continue;
    }
    const bool is_binding = sheet.binding == i && sheet.tests.size() > 1;
    table.rows.push_back({test.metric + (is_binding ? " (binds)" : ""), role, test.question, significant(test.control),
                          significant(test.alpha), percent(test.power), percent(test.wanted_power),
                          whole(test.planned_per_arm), whole(std::ceil(test.per_arm)),
                          test.events > 0.0 ? whole(std::ceil(test.events)) : "", weeks(test.weeks)});
  }
  return table;
}

Table looks_table(const PlanSheet& sheet) {
  Table table{{"review", "date", "of the time", "mature", "success level spent", "harm level spent"}, {}};
  for (const PlannedHarm& harm : sheet.harm) {
    table.columns.push_back(harm.metric + " x2 stopped by then");
    table.columns.push_back("fewest to stop");
  }
  for (std::size_t k = 0; k < sheet.looks.size(); ++k) {
    const PlannedLook& look = sheet.looks[k];
    const bool is_last = k + 1 == sheet.looks.size();
    std::vector<Json> row{is_last ? "last" : std::to_string(k + 1),
                          format_date(look.at, sheet.utc_offset),
                          percent(look.calendar),
                          percent(look.mature_share),
                          percent(look.success_level),
                          percent(look.harm_level)};
    for (const PlannedHarm& harm : sheet.harm) {
      row.emplace_back(percent(harm.stopped_by[k]));
      row.emplace_back(harm.fewest_to_stop[k] ? grouped(*harm.fewest_to_stop[k]) : std::string("none can"));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table margins_table(const PlanSheet& sheet) {
  Table table{{"metric", "ratio margin", "events needed", "units an arm", "weeks needed"}, {}};
  for (const MarginCost& cost : sheet.margins) {
    table.rows.push_back({cost.metric, significant(cost.ratio) + (cost.is_declared ? " (declared)" : ""),
                          whole(std::ceil(cost.events)), whole(std::ceil(cost.per_arm)), weeks(cost.weeks)});
  }
  return table;
}

void print_lines(std::string_view title, const std::vector<std::string>& lines, Console& console) {
  if (lines.empty()) return;
  console.out.line("\n" + std::string(title));
  for (const std::string& line : lines) console.out.line("  - " + line);
}

void print_sign_off(const Experiment& experiment, Console& console) {
  std::string line = "Signed (name, date): accountable " + printable(experiment.accountable) + " ________";
  for (const std::string& role : experiment.policy.approvals) line += "; " + printable(role) + " ________";
  console.out.line("\n" + line);
}

void print_page(const Experiment& experiment, const PlanSheet& sheet, Console& console) {
  const bool markdown = console.format == Format::kMarkdown;
  const auto heading = [&](const std::string& text) { console.out.line((markdown ? "\n## " : "\n") + text); };
  console.out.line((markdown ? "# " : "") + ("Plan of " + printable(sheet.experiment)) + ": " + printable(sheet.title));
  console.out.line("Enrolment " + format_date(sheet.start, sheet.utc_offset) + " to " +
                   format_date(sheet.enrolment_end, sheet.utc_offset) + " (" + decimals(sheet.weeks_of_enrolment, 1) +
                   " weeks), last look " + format_date(sheet.last_look, sheet.utc_offset) +
                   ". Expected: " + whole(sheet.weekly_units) + " units a week, " + whole(sheet.units) +
                   " in all by the ramp. Version " + sheet.fingerprint.substr(0, 12) + ".");
  heading("What each metric needs");
  console.out.write(render(tests_table(sheet), console.format));
  if (sheet.binding) {
    console.out.line("\nBinding: " + sheet.tests[*sheet.binding].metric +
                     ". A wording as good as assumed and harmless is promoted with " +
                     (sheet.decision_power > 0.0 ? "a chance of at least " + percent(sheet.decision_power)
                                                 : std::string("no assured chance")) +
                     ".");
  }
  heading("Reviews");
  console.out.write(render(looks_table(sheet), console.format));
  if (!sheet.margins.empty()) {
    heading("What a ratio margin costs");
    console.out.write(render(margins_table(sheet), console.format));
  }
  print_lines("Why this plan cannot answer", sheet.obstacles, console);
  print_lines("To know before signing", sheet.warnings, console);
  print_sign_off(experiment, console);
}

Result<int> run_plan(const Arguments& arguments, Console& console) {
  const auto experiment = load_experiment(*arguments.text("EXPERIMENT"));
  if (!experiment) return experiment.error();
  const auto assumptions = read_assumptions(arguments, *experiment, console);
  if (!assumptions) return assumptions.error();
  const auto sheet = make_plan_sheet(*experiment, *assumptions);
  if (!sheet) return sheet.error();
  if (console.format == Format::kJson) {
    console.out.line(to_json(*sheet).dump(2));
  } else if (console.format == Format::kCsv) {
    console.out.write(render(tests_table(*sheet), console.format));
  } else {
    print_page(*experiment, *sheet, console);
  }
  if (sheet->obstacles.empty()) return kDone;
  return Error{ErrorCode::kInvalidExperiment, "the plan is refused: " + sheet->obstacles.front(),
               *arguments.text("EXPERIMENT"),
               "change the margin, the dates or the traffic as said, and run tactful plan again"};
}

}  // namespace

Command plan_command() {
  Command command;
  command.name = "plan";
  command.summary = "Sample size, weeks, power and the cost of a margin, on one page for sign-off.";
  command.examples = {
      {"tactful plan payment-reminder.json", "With the baselines and the traffic that the file gives under plan."},
      {"tactful plan payment-reminder.json --weekly 27000 --baseline paid=0.3 --effect paid=0.02 --baseline "
       "complaint=0.003 --baseline repeat_contact=0.06",
       "With what you expect."},
      {"tactful plan renewal.json --store last-quarter.db --from payment-reminder.json --effect paid=0.02 --format md",
       "Rates and traffic of control in an earlier experiment; the page as Markdown."}};
  command.positionals = {{"EXPERIMENT", "The experiment file."}};
  command.options = plan_options();
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details =
      "Power is that of the tests evaluate uses, at their levels and looks: exact for rare events, normal otherwise; "
      "events come evenly over a metric's window. A guardrail whose power stays below 50 % is refused (exit code 3), "
      "with what would make its margin testable. tactful simulate plays the whole plan through.";
  command.next = "tactful simulate with these rates; then tactful check, sign-off, and the pilot starts.";
  command.run = run_plan;
  return command;
}

}  // namespace tactful::tools
