#pragma once

#include <optional>
#include <string>
#include <vector>

#include "command.hpp"
#include "language.hpp"
#include "tactful/decision/evaluate.hpp"
#include "tactful/decision/phases.hpp"
#include "tactful/experiment/ledger.hpp"
#include "tactful/report/scorecard_report.hpp"

/// What `evaluate`, `review`, `gate` and `promote` share.
namespace tactful::tools {

/// The options of all: --as-of, --phase, --randomised, --waive, --threads. `default_phase` in words.
[[nodiscard]] std::vector<OptionSpec> evaluation_options(const std::string& default_phase = "pilot (default)");

/// The waivers and the randomisation of the command line.
[[nodiscard]] EvaluateOptions evaluate_options(const Arguments& arguments);

/// One phase's events, tallied for an evaluation.
struct TalliedStore {
  std::optional<Phase> phase;  ///< Nothing for the pilot.
  Tally tally;
  EvaluateOptions options;  ///< Of the command line, with what the ledger says of this phase.
};

/// The ledger beside an experiment file. Errors: those of Ledger::read().
[[nodiscard]] Result<Ledger> ledger_beside(const std::string& file, const Experiment& experiment);

/// Tallies the events of --store as of --as-of, in the phase of --phase (default `default_phase`), with the looks that
/// the plan and the ledger name. Errors: those of the floors; kNotFound for a phase that the ledger does not know.
[[nodiscard]] Result<TalliedStore> tally_store(const Experiment& experiment, const Ledger& ledger,
                                               const Arguments& arguments, const std::string& default_phase,
                                               const Console& console);

/// The same for a phase that is named, whatever --phase says.
[[nodiscard]] Result<TalliedStore> tally_phase(const Experiment& experiment, const Ledger& ledger,
                                               const Arguments& arguments, const std::string& name,
                                               const Console& console);

/// tally_store() and evaluate_in(). Errors: those, with a hint at --randomised.
[[nodiscard]] Result<Scorecard> evaluate_store(const Experiment& experiment, const Ledger& ledger,
                                               const Arguments& arguments, const std::string& default_phase,
                                               const Console& console);

/// Adds a hint at --randomised to the error that asks how units were randomised.
[[nodiscard]] Error with_hint(Error error);

/// The planned look that a review of these data would take, or take again; 0: an extra one, or data
/// without dates. Errors: those of
/// schedule_looks().
[[nodiscard]] Result<int> look_due(const Experiment& experiment, const TalliedStore& tallied);

/// `--counts` and `--encoding`, for commands that have an experiment file and --store: what they do with both. Errors:
/// kInvalidArgument unless exactly one of --store and --counts is given.
[[nodiscard]] std::vector<OptionSpec> counts_options();
[[nodiscard]] Status check_one_source(const Arguments& arguments, const std::string& command);

/// Prints scorecards in the console's format; tables and Markdown in that language.
void print_scorecards(const std::vector<Scorecard>& scorecards, Language language, Console& console);

/// The same language, as the library calls it.
[[nodiscard]] ReportLanguage report_language(Language language);

}  // namespace tactful::tools
