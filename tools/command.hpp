#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "console.hpp"
#include "exit_code.hpp"
#include "tactful/core/result.hpp"

namespace tactful::tools {

/// What was said on the command line, as texts; each command asks for the types it wants.
class Arguments {
 public:
  void add(const std::string& name, std::string value) { values_[name].push_back(std::move(value)); }
  void add_free(std::string name, std::string value) { free_.emplace_back(std::move(name), std::move(value)); }

  /// Whether the option, flag or positional was given. Options carry their dashes: has("--store").
  [[nodiscard]] bool has(std::string_view name) const;
  /// The last value given, or nothing.
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::string text_or(std::string_view name, std::string_view fallback) const;
  /// Every value given, in order.
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  /// Errors: kInvalidArgument naming the option, its value and the range.
  [[nodiscard]] Result<std::int64_t> integer(std::string_view name, std::int64_t fallback, std::int64_t least,
                                             std::int64_t most) const;
  [[nodiscard]] Result<double> number(std::string_view name, double fallback, double least, double most) const;
  /// Values of the form NAME=VALUE. Errors: kInvalidArgument.
  [[nodiscard]] Result<std::map<std::string, std::string>> pairs(std::string_view name) const;
  /// Options that the table does not know, of commands that take them (calc), in order.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& free() const { return free_; }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::pair<std::string, std::string>> free_;
};

struct OptionSpec {
  std::string name;   ///< `--store`.
  std::string value;  ///< What stands behind it, `FILE`; empty for a flag.
  std::string help;
  bool required = false;
  bool repeatable = false;
};

struct PositionalSpec {
  std::string name;  ///< `FILE`.
  std::string help;
  bool required = true;
  bool repeatable = false;
};

struct Example {
  std::string line;  ///< What to type.
  std::string says;  ///< What it does.
};

/// One command as a table: cli.cpp parses by it, help.cpp prints it, so that the two cannot disagree.
struct Command {
  std::string name;
  std::string summary;
  std::vector<Example> examples;
  std::vector<PositionalSpec> positionals;
  std::vector<OptionSpec> options;
  std::vector<Format> formats = {Format::kTable, Format::kJson};  ///< The first is the default.
  std::string details;                                            ///< What a user must know; may be empty.
  std::string next;                                               ///< What to do afterwards.
  bool free_options = false;  ///< Takes options that are not in the table (fields of calc), each with a value.
  std::function<Result<int>(const Arguments&, Console&)> run;  ///< Gives the exit code.
};

/// Every command, in the order of a pilot's life.
[[nodiscard]] std::vector<Command> all_commands();

Command check_command();
Command plan_command();
Command simulate_command();
Command assign_command();
Command explain_command();
Command diff_command();
Command wordings_command();
Command hash_command();
Command contact_command();
Command due_command();
Command import_command();
Command collect_command();
Command quarantine_command();
Command compact_command();
Command forget_command();
Command purge_command();
Command export_subject_command();
Command evaluate_command();
Command responses_command();
Command review_command();
Command gate_command();
Command approve_command();
Command override_command();
Command promote_command();
Command stop_command();
Command demote_command();
Command ledger_command();
Command calc_command();
Command doctor_command();
Command demo_command();

}  // namespace tactful::tools
