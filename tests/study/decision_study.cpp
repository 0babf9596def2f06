// The study of the decision rule: how often it errs, how often it finds, and what rivals do on the same streams.
//   decision_study [--scale S] [--only TEXT] [--threads N]
// Prints Markdown tables; docs/methods/decision-study.md holds a whole run. Ends with 1 when a guarantee is broken.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "pilot_path.hpp"
#include "rivals.hpp"
#include "scenario.hpp"
#include "trial.hpp"
#include "world.hpp"

namespace tactful::study {
namespace {

/// What came out of one scenario; counts of runs unless said otherwise.
struct Tallied {
  std::int64_t runs = 0, promoted = 0, promoted_other = 0, stopped = 0, stopped_other = 0, ended = 0, invalid = 0;
  double exposed = 0.0;  // units of a before the decision, summed
  std::int64_t estimates = 0, covered = 0;
  double raw_bias = 0.0, shrunken_bias = 0.0;
  std::array<std::int64_t, kRivals.size()> alarms{};
  std::array<double, kRivals.size()> rival_exposed{};
};

std::vector<Counts> counts_of(const Scenario& scenario, const simulation::PilotPath& path) {
  std::vector<Counts> reviews;
  const TimeMs start = scenario.experiment.pilot.start;
  const auto length = static_cast<double>(scenario.experiment.last_look() - start);
  for (const SimulatedReview& review : scenario.reviews) {
    const std::int64_t day = path.day_of(review.at);
    const Tally tally = path.tally_at(day, {});
    Counts counts;
    counts.time = static_cast<double>(review.at - start) / length;
    counts.control_units = path.units(0, day);
    counts.treatment_units = path.units(1, day);
    counts.control_events = path.first_events(0, 1, day);
    counts.treatment_events = path.first_events(1, 1, day);
    counts.control_mature = std::llround(tally.margins[0].arms[0].metrics[1].mature.sum.value());
    counts.treatment_mature = std::llround(tally.margins[0].arms[1].metrics[1].mature.sum.value());
    reviews.push_back(counts);
  }
  return reviews;
}

void add_rivals(const Scenario& scenario, const simulation::PilotPath& path, Tallied& tallied) {
  const std::vector<Counts> reviews = counts_of(scenario, path);
  for (std::size_t r = 0; r < kRivals.size(); ++r) {
    const int alarm = first_alarm(kRivals[r], reviews);
    tallied.alarms[r] += alarm > 0 ? 1 : 0;
    const std::size_t at = alarm > 0 ? static_cast<std::size_t>(alarm) - 1 : reviews.size() - 1;
    tallied.rival_exposed[r] += static_cast<double>(reviews[at].treatment_units);
  }
}

void add_estimates(const Scenario& scenario, const Scorecard& card, Tallied& tallied) {
  for (const MetricResult& result : card.metrics) {
    if (result.metric != "paid" || result.variant != "a" || !result.difference) continue;
    ++tallied.estimates;
    const double truth = scenario.factors.lift;
    tallied.covered += result.difference->low <= truth && truth <= result.difference->high ? 1 : 0;
    tallied.raw_bias += result.difference->estimate - truth;
    const bool is_winner = card.winner && card.winner->variant == "a" && card.winner->metric == "paid";
    tallied.shrunken_bias += (is_winner ? card.winner->estimate.estimate : result.difference->estimate) - truth;
  }
}

void add_trial(const Scenario& scenario, const simulation::PilotPath& path, const simulation::Trial& trial,
               Tallied& tallied) {
  ++tallied.runs;
  const Recommendation& what = trial.scorecard.recommendation;
  const bool is_a = what.variant == "a";
  tallied.promoted += what.action == Action::kPromote && is_a ? 1 : 0;
  tallied.promoted_other += what.action == Action::kPromote && !is_a ? 1 : 0;
  tallied.stopped += what.action == Action::kStop && is_a ? 1 : 0;
  tallied.stopped_other += what.action == Action::kStop && !is_a ? 1 : 0;
  tallied.ended += what.action == Action::kEndWithoutWinner ? 1 : 0;
  tallied.invalid += what.action == Action::kInvalid ? 1 : 0;
  tallied.exposed += static_cast<double>(path.units(1, trial.day));
  if (what.action == Action::kPromote && is_a) add_estimates(scenario, trial.scorecard, tallied);
}

Result<Tallied> run(const Scenario& scenario) {
  simulation::Random random(scenario.world.seed);
  simulation::PilotPath path(scenario.experiment, scenario.world);
  Tallied tallied;
  for (std::int64_t i = 0; i < scenario.runs; ++i) {
    path.draw(random);
    const auto trial = simulation::run_trial(scenario.experiment, path, scenario.reviews);
    if (!trial) return trial.error();
    add_trial(scenario, path, *trial, tallied);
    if (scenario.factors.household == 1 && scenario.factors.lift == 0.0) add_rivals(scenario, path, tallied);
  }
  return tallied;
}

double share(std::int64_t count, const Tallied& tallied) {
  return static_cast<double>(count) / static_cast<double>(tallied.runs);
}

/// Guarantees that a scenario breaks by more than two standard errors (four where `lenient`, for few runs).
std::vector<std::string> broken(const Scenario& scenario, const Tallied& tallied, double errors) {
  std::vector<std::string> found;
  const auto at_most = [&](const char* what, std::int64_t count, double level) {
    const double limit = level + errors * std::sqrt(level * (1.0 - level) / static_cast<double>(tallied.runs));
    if (share(count, tallied) > limit)
      found.push_back(std::string(what) + " " + std::to_string(share(count, tallied)) + " > " + std::to_string(limit));
  };
  if (scenario.violates_margin) at_most("promotes a violated margin", tallied.promoted, 0.05);
  if (!scenario.has_success) at_most("promotes without success", tallied.promoted + tallied.promoted_other, 0.025);
  if (scenario.is_harmless) at_most("false stop", tallied.stopped, 0.05);
  if (scenario.must_be_valid) at_most("false invalid", tallied.invalid, 0.001);
  return found;
}

std::string cell(double value) {
  char text[32];
  (void)std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

void print_decisions(const std::vector<Scenario>& scenarios, const std::vector<Tallied>& results) {
  std::string group;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    const Scenario& s = scenarios[i];
    const Tallied& t = results[i];
    if (s.group != group) {
      group = s.group;
      std::cout
          << "\n### " << group
          << "\n\n| world | runs | promotes a | promotes another | stops a | stops another | ends without winner | "
             "invalid | units of a | covered | bias raw, shrunken (points) "
             "|\n|---|---|---|---|---|---|---|---|---|---|---|\n";
    }
    std::cout << "| " << s.name << " | " << t.runs << " | " << cell(share(t.promoted, t)) << " | "
              << cell(share(t.promoted_other, t)) << " | " << cell(share(t.stopped, t)) << " | "
              << cell(share(t.stopped_other, t)) << " | " << cell(share(t.ended, t)) << " | "
              << cell(share(t.invalid, t)) << " | " << std::llround(t.exposed / static_cast<double>(t.runs)) << " | ";
    if (t.estimates < 50) {
      std::cout << " | |\n";
    } else {
      const auto n = static_cast<double>(t.estimates);
      std::cout << cell(static_cast<double>(t.covered) / n) << " | " << cell(100.0 * t.raw_bias / n) << ", "
                << cell(100.0 * t.shrunken_bias / n) << " |\n";
    }
  }
}

void print_rivals(const std::vector<Scenario>& scenarios, const std::vector<Tallied>& results) {
  std::cout << "\n### Alarms of harm on the same streams (in brackets: units of a before the alarm or the end)\n\n| "
               "world | ours |";
  for (const Rival rival : kRivals)
    std::cout << ' ' << name_of(rival) << (is_valid(rival) ? "" : " (not valid)") << " |";
  std::cout << "\n|---|---|";
  for (std::size_t r = 0; r < kRivals.size(); ++r) std::cout << "---|";
  std::cout << '\n';
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    const Scenario& s = scenarios[i];
    const Tallied& t = results[i];
    if (s.factors.household != 1 || s.factors.lift != 0.0 || s.factors.treatments != 1) continue;
    std::cout << "| " << s.name << " | " << cell(share(t.stopped, t)) << " ("
              << std::llround(t.exposed / static_cast<double>(t.runs)) << ") |";
    for (std::size_t r = 0; r < kRivals.size(); ++r) {
      std::cout << ' ' << cell(share(t.alarms[r], t)) << " ("
                << std::llround(t.rival_exposed[r] / static_cast<double>(t.runs)) << ") |";
    }
    std::cout << '\n';
  }
}

struct Options {
  double scale = 1.0;
  std::string only;
  unsigned threads = 2;
};

constexpr const char* kUsage =
    "usage: decision_study [--scale S] [--only TEXT] [--threads N]\n"
    "  --scale S    share of the full counts, above 0 to 1 (20,000 pilots in null corners, 5,000 elsewhere)\n"
    "  --only TEXT  the worlds whose group and name contain it\n"
    "  --threads N  1 to 64; the result does not depend on it\n";

std::optional<Options> read(int count, char** values) {
  Options options;
  for (int i = 1; i < count; i += 2) {
    const std::string name = values[i];
    if (i + 1 == count) return std::nullopt;
    char* end = values[i + 1];
    if (name == "--only") {
      options.only = values[i + 1];
    } else if (name == "--scale") {
      options.scale = std::strtod(values[i + 1], &end);
      if (*end != '\0' || !(options.scale > 0.0 && options.scale <= 1.0)) return std::nullopt;
    } else if (name == "--threads") {
      const long threads = std::strtol(values[i + 1], &end, 10);
      if (*end != '\0' || threads < 1 || threads > 64) return std::nullopt;
      options.threads = static_cast<unsigned>(threads);
    } else {
      return std::nullopt;
    }
  }
  return options;
}

int main_with(const Options& options) {
  std::vector<Scenario> scenarios = all_scenarios(options.scale);
  scenarios.erase(std::remove_if(scenarios.begin(), scenarios.end(),
                                 [&](const Scenario& s) {
                                   return (s.group + ": " + s.name).find(options.only) == std::string::npos;
                                 }),
                  scenarios.end());
  if (scenarios.empty()) {
    std::cerr << "no world's group and name contain \"" << options.only << "\"\n";
    return 2;
  }
  std::vector<Tallied> results(scenarios.size());
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex printing;
  const auto work = [&] {
    for (std::size_t i = next++; i < scenarios.size(); i = next++) {
      const auto result = run(scenarios[i]);
      const std::lock_guard lock(printing);
      if (result) {
        results[i] = *result;
        std::cerr << i + 1 << "/" << scenarios.size() << " " << scenarios[i].name << "\n";
      } else {
        failed = true;
        std::cerr << scenarios[i].name << ": " << describe(result.error()) << "\n";
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < options.threads; ++t) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  if (failed) return 1;
  print_decisions(scenarios, results);
  print_rivals(scenarios, results);
  int wrong = 0;
  std::cout << '\n';
  const double errors = options.scale < 0.5 ? 4.0 : 2.0;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    for (const std::string& what : broken(scenarios[i], results[i], errors)) {
      std::cout << "BROKEN: " << scenarios[i].group << ": " << scenarios[i].name << ": " << what << '\n';
      ++wrong;
    }
  }
  std::cout << scenarios.size() << " worlds, " << wrong << " guarantees broken by more than " << errors
            << " standard errors\n";
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tactful::study

int main(int count, char** values) {
  const auto options = tactful::study::read(count, values);
  if (options) return tactful::study::main_with(*options);
  std::cerr << tactful::study::kUsage;
  return 2;
}
