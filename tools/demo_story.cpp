#include "demo_story.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "numbers.hpp"
#include "tactful/core/text.hpp"
#include "tactful/sender/sender.hpp"

namespace tactful::tools::story {
namespace {

constexpr int kFreshCustomers = 10'000;

std::string short_number(double value) {
  char text[32];
  (void)std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string on_one_line(const Margin& margin) {
  return margin.kind == Margin::Kind::kRatio ? "at most " + short_number(margin.value) + " times control's rate"
                                             : "at most " + short_number(margin.value * 100.0) + " percentage " +
                                                   (margin.value == 0.01 ? "point" : "points") + " worse";
}

std::string text_of(double value, const std::string& kind) {
  return kind == "binary" ? percent(value)
                          : Json(static_cast<double>(static_cast<std::int64_t>(value * 100.0 + 0.5)) / 100.0).dump();
}

std::string checks_in_words(const Scorecard& scorecard) {
  std::int64_t good = 0;
  std::string odd;
  for (const Check& check : scorecard.checks) {
    if (check.status == CheckStatus::kOk) {
      ++good;
    } else {
      std::string name = check.check;
      std::replace(name.begin(), name.end(), '_', ' ');
      odd += std::string(check.status == CheckStatus::kFail ? "; failed: " : "; a warning: ") + name + ": " +
             printable(check.detail);
    }
  }
  return std::to_string(good) + " of " + std::to_string(scorecard.checks.size()) + " checks of the data are good" + odd;
}

// How many of the customers so far have their window behind them, by metric: a rate that is still maturing says so.
void add_follow_up(const std::vector<const MetricResult*>& results, Table& table) {
  std::vector<Json> row = {"follow-up over", ""};
  bool is_open = false;
  for (std::size_t column = 2; column < table.columns.size(); ++column) {
    double mature = 0.0;
    double open = 0.0;
    for (const MetricResult* result : results) {
      if (result->metric != table.columns[column]) continue;
      // Control stands in every result of the metric, each time the same.
      if (mature + open == 0.0) {
        mature += static_cast<double>(result->control.units);
        open += static_cast<double>(result->immature_control);
      }
      mature += static_cast<double>(result->treatment.units);
      open += static_cast<double>(result->immature_treatment);
    }
    is_open = is_open || open > 0.0;
    row.emplace_back(mature + open > 0.0 ? percent(mature / (mature + open)) : std::string("-"));
  }
  if (is_open) table.rows.push_back(std::move(row));
}

// Rows by variant, a column by metric, as far as windows have closed.
Table rates_so_far(const Scorecard& scorecard) {
  Table table{{"variant", "customers"}, {}};
  std::vector<const MetricResult*> results;
  for (const MetricResult& result : scorecard.metrics) {
    if (result.role == Role::kMonitor) continue;
    if (std::find(table.columns.begin(), table.columns.end(), result.metric) == table.columns.end())
      table.columns.push_back(result.metric);
    results.push_back(&result);
  }
  for (std::size_t arm = 0; arm < scorecard.arms.size(); ++arm) {
    std::vector<Json> row = {scorecard.arms[arm].variant, grouped(scorecard.arms[arm].units)};
    for (std::size_t column = 2; column < table.columns.size(); ++column) {
      Json cell = "not yet";
      for (const MetricResult* result : results) {
        if (result->metric != table.columns[column]) continue;
        if (arm != 0 && result->variant != scorecard.arms[arm].variant) continue;
        const ArmValue& value = arm == 0 ? result->control : result->treatment;
        if (result->unavailable.empty() && value.units > 0) cell = text_of(value.value, result->kind);
        break;
      }
      row.push_back(std::move(cell));
    }
    table.rows.push_back(std::move(row));
  }
  add_follow_up(results, table);
  return table;
}

std::string indented(const std::string& text) {
  std::string result;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    result += "    " + text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return result;
}

constexpr std::array<Field, 6> kFields = {Field{"name", "王芳"},        Field{"brand", "示例金融"},
                                          Field{"bill", "B-2026-0716"}, Field{"amount", "1,280.00"},
                                          Field{"due_date", "7月20日"}, Field{"phone", "95xxx"}};

// A value for every field of the text: the known ones, and the field's own name for others.
std::vector<Field> fields_of(const MessageTemplate& text) {
  std::vector<Field> fields;
  for (const std::string& name : text.fields()) {
    Field field{name, name};
    for (const Field& known : kFields)
      if (known.name == name) field.value = known.value;
    fields.push_back(field);
  }
  return fields;
}

Status show_message(Sender& sender, const Experiment& experiment, const Decision& decision, const Subject& subject,
                    TimeMs now, Console& console) {
  const CompiledExperiment* compiled = decision.experiment();
  if (compiled == nullptr || experiment.variants[decision.assignment.variant].text.empty()) return {};
  const auto fields = fields_of(compiled->templates[decision.assignment.variant]);
  if (const Status exposed = sender.expose(decision, subject, now, "sms"); !exposed) return exposed;
  const auto message = sender.render(decision, subject, fields, now, "sms");
  if (!message) return message.error();
  console.out.line("  The next customer, " + std::string(subject.unit) + ", reads:");
  console.out.line("    " + printable(message->text));
  return sender.flush();
}

}  // namespace

void heading(Console& console, std::string_view text) {
  console.out.line("");
  console.out.line(console.colour ? "\x1b[1m" + std::string(text) + "\x1b[0m" : std::string(text));
  console.out.line(std::string(display_width(text), '-'));
  console.out.flush();
}

void introduce(const Experiment& experiment, const std::string& folder, Console& console) {
  heading(console, "The question");
  console.out.line(printable(experiment.title));
  console.out.line("  " + printable(experiment.goal));
  console.out.line("  Pilot: " + printable(experiment.pilot.scope) + ", " +
                   format_date(experiment.pilot.start, experiment.utc_offset) + " to " +
                   format_date(experiment.pilot.end, experiment.utc_offset) + ".");
  console.out.line("  Files: " + folder);
  heading(console, "The wordings");
  for (const Variant& variant : experiment.variants) {
    console.out.line("  " + printable(variant.key));
    console.out.line("    " + printable(variant.text));
  }
  heading(console, "The rules, fixed before the first message");
  for (const Metric& metric : experiment.metrics) {
    if (metric.role == Role::kSuccess)
      console.out.line("  " + metric.key + " within " + describe_duration(metric.window_ms) + " must get better.");
    if (metric.role == Role::kGuardrail && metric.margin)
      console.out.line("  " + metric.key + " within " + describe_duration(metric.window_ms) +
                       " must be shown not harmed: " + on_one_line(*metric.margin) + ".");
  }
  std::string roles;
  for (const std::string& role : experiment.policy.approvals) roles += (roles.empty() ? "" : " and ") + role;
  if (!roles.empty()) console.out.line("  Promotion needs the approval of " + roles + ".");
}

void tell_week(const WeekReport& week, Console& console) {
  const Scorecard& scorecard = week.scorecard;
  console.out.line("");
  console.out.line(
      "Week " + std::to_string(week.week) + ", up to " + format_date(week.as_of, scorecard.utc_offset) + ": " +
      (week.sent == 0 ? std::string("no new messages, outcomes still come in") : grouped(week.sent) + " messages") +
      "; " + checks_in_words(scorecard) + ".");
  console.out.write(indented(render(rates_so_far(scorecard), Format::kTable)));
  const Recommendation& recommended = scorecard.recommendation;
  std::string line = "  -> " + std::string(to_string(recommended.action));
  if (!recommended.variant.empty()) line += " " + printable(recommended.variant);
  if (recommended.action == Action::kContinue) {
    line += ": nothing is decided yet; the last look is on " + format_date(scorecard.last_look, scorecard.utc_offset);
  } else if (!recommended.reasons.empty()) {
    line += ": " + printable(recommended.reasons.front());
  }
  console.out.line(line);
  const bool decides = recommended.action == Action::kStop || recommended.action == Action::kPromote;
  if (!recommended.continuing.empty()) {
    std::string others;
    for (const std::string& one : recommended.continuing) others += (others.empty() ? "" : " and ") + printable(one);
    console.out.line("     A team would stop " + printable(recommended.variant) +
                     " by itself now (tactful stop --variant), and " + others +
                     " would go on; the demo lets all of them run, to show all of its weeks.");
  } else if (decides && !scorecard.is_last_look) {
    console.out.line("     Such a review may decide the pilot at once; the demo goes on, to show all of its weeks.");
  }
  console.out.flush();
}

Status show_sender(const std::filesystem::path& catalogue, const std::filesystem::path& work_folder,
                   const Experiment& experiment, TimeMs now, std::uint64_t seed, Console& console) {
  const auto key_file = work_folder / "sender.key";
  if (const Status made = Pseudonymizer::create_key_file(key_file); !made) return made;
  auto key = Pseudonymizer::from_key_file(key_file, "reminders");
  if (!key) return key.error();
  const SystemClock clock;
  const auto sender = Sender::open(catalogue, work_folder / "journals-after-promotion", std::move(key).value(), clock);
  if (!sender) return sender.error();

  heading(console, "The day after: what senders do");
  const std::array attributes = {
      Attribute{"region", std::string_view("east-2")}, Attribute{"product", std::string_view("instalment")},
      Attribute{"days_overdue", std::int64_t{-3}}, Attribute{"tenure", std::string_view("2-5y")}};
  std::map<std::string, std::int64_t> shares;
  std::string unit;
  for (int customer = 0; customer < kFreshCustomers; ++customer) {
    unit = "fresh-" + std::to_string(seed) + "-" + std::to_string(customer);
    const Decision decision = (*sender)->decide(experiment.key, {unit, {}, attributes}, now);
    ++shares[std::string(decision.variant) + " (" + std::string(decision.reason) + ")"];
  }
  console.out.line("  " + grouped(kFreshCustomers) + " fresh customers are decided for:");
  for (const auto& [what, count] : shares)
    console.out.line("    " + pad_right(printable(what), 36) + pad_left(grouped(count), 7) + "  " +
                     percent(static_cast<double>(count) / kFreshCustomers));
  for (int customer = 0; customer < kFreshCustomers; ++customer) {
    unit = "next-" + std::to_string(seed) + "-" + std::to_string(customer);
    const Subject subject{unit, {}, attributes};
    const Decision decision = (*sender)->decide(experiment.key, subject, now);
    if (decision.assignment.reason == AssignmentReason::kPromoted)
      return show_message(**sender, experiment, decision, subject, now, console);
  }
  return Error{ErrorCode::kInsufficientData, "no fresh customer is in the promotion's scope", experiment.key, ""};
}

}  // namespace tactful::tools::story
