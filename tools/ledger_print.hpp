#pragma once

#include <string>

#include "command.hpp"
#include "language.hpp"
#include "tactful/experiment/ledger.hpp"

/// What the commands that write into the ledger share.
namespace tactful::tools {

/// A ledger entry as JSON, all fields.
[[nodiscard]] Json entry_to_json(const LedgerEntry& entry);

/// "ledger entry 3, head 9f...".
[[nodiscard]] std::string entry_line(const LedgerEntry& entry, Language language);

/// Prints what an entry did: the sentence and the entry's line, or the entry as JSON.
void print_entry(Console& console, const LedgerEntry& entry, const std::string& says, Language language);

/// Prints what a dry run would do: {`what`: true, "experiment"} as JSON, or the sentence.
void print_would(Console& console, const std::string& what, const std::string& experiment, const std::string& says);

/// The positional EXPERIMENT and the options --by, --role, --dry-run.
[[nodiscard]] PositionalSpec experiment_spec();
[[nodiscard]] OptionSpec by_spec();
[[nodiscard]] OptionSpec role_spec();
[[nodiscard]] OptionSpec dry_run_spec();

}  // namespace tactful::tools
