#include <algorithm>
#include <optional>

#include "inputs.hpp"
#include "tactful/assignment/assigner.hpp"
#include "tactful/assignment/lint.hpp"
#include "tactful/catalogue/catalogue.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/ledger.hpp"
#include "tactful/experiment/message_template.hpp"

namespace tactful::tools {
namespace {

namespace fs = std::filesystem;

struct CheckedFile {
  fs::path file;
  std::string key, fingerprint;
  Diagnostics findings;
  std::optional<Experiment> experiment;
};

Diagnostic finding(std::string rule, std::string pointer, const Error& error) {
  return {Severity::kError, std::move(rule), std::move(pointer),
          error.message + (error.where.empty() ? "" : " (" + error.where + ")"), error.hint};
}

void check_texts(const Experiment& experiment, Diagnostics& findings) {
  for (std::size_t index = 0; index < experiment.variants.size(); ++index) {
    const auto parsed = MessageTemplate::parse(experiment.variants[index].text);
    if (!parsed)
      findings.push_back(
          finding("template", append_pointer(append_pointer("/variants", index), "text"), parsed.error()));
  }
}

// What a sender does when it loads the file: ledger, state, compilation.
void check_as_sender(const fs::path& file, const Experiment& experiment, CheckedFile& checked) {
  check_texts(experiment, checked.findings);
  const auto ledger = Ledger::read(Ledger::path_of(folder_of(file), experiment.key));
  if (!ledger) {
    checked.findings.push_back(finding("ledger", "", ledger.error()));
    return;
  }
  if (ledger->torn_bytes() > 0)
    checked.findings.push_back({Severity::kWarning, "ledger-torn", "",
                                "the ledger ends in bytes of an append that was cut off",
                                "the next append cuts them off"});
  const auto lifecycle = lifecycle_of(experiment, *ledger);
  if (!lifecycle) {
    checked.findings.push_back(finding("ledger", "", lifecycle.error()));
    return;
  }
  if (lifecycle->state != Lifecycle::State::kPilot && lifecycle->fingerprint != checked.fingerprint) {
    const bool promoted = lifecycle->state == Lifecycle::State::kPromoted;
    checked.findings.push_back({promoted ? Severity::kError : Severity::kWarning, "ledger-version", "",
                                promoted
                                    ? "the promotion was made for another version of this experiment; senders refuse it"
                                    : "the stop was made for another version of this experiment; it stays in force",
                                promoted ? "undo the edit, or promote this version through a review of its own" : ""});
  }
  const auto assigner = Assigner::compile(experiment, *lifecycle);
  if (!assigner) {
    const Error& error = assigner.error();
    const bool is_pointer = !error.where.empty() && error.where.front() == '/';
    checked.findings.push_back(finding("compile", is_pointer ? error.where : "",
                                       {error.code, error.message, is_pointer ? "" : error.where, error.hint}));
  }
}

Result<CheckedFile> check_file(const fs::path& file) {
  auto read = read_experiment(file);
  if (!read) return read.error();
  CheckedFile checked{file, {}, {}, std::move(read->diagnostics), {}};
  if (read->experiment) {
    checked.key = read->experiment->key;
    checked.fingerprint = fingerprint(*read->experiment);
    check_as_sender(file, *read->experiment, checked);
    for (Diagnostic& one : lint_experiment(*read->experiment)) checked.findings.push_back(std::move(one));
    checked.experiment = std::move(read->experiment);
  }
  return checked;
}

Result<std::vector<fs::path>> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
    if (entry->path().extension() == ".json") files.push_back(entry->path());
  if (failed) return Error{ErrorCode::kStorage, "cannot list the folder: " + failed.message(), folder.string(), ""};
  std::sort(files.begin(), files.end());
  if (files.empty())
    return Error{ErrorCode::kNotFound, "no experiment file (*.json) in the folder", folder.string(), ""};
  return files;
}

// What only several experiments together show: layers, holdouts and salts that disturb each other.
void check_together(std::vector<CheckedFile>& all) {
  std::vector<const Experiment*> experiments;
  std::vector<std::size_t> files;
  for (std::size_t index = 0; index < all.size(); ++index) {
    if (!all[index].experiment) continue;
    experiments.push_back(&*all[index].experiment);
    files.push_back(index);
  }
  for (PairFinding& found : lint_together(experiments)) all[files[found.second]].findings.push_back(std::move(found.diagnostic));
}

// What only the folder as a whole can show, when each file alone is good.
void check_folder(const fs::path& folder, std::vector<CheckedFile>& all, std::size_t first) {
  for (std::size_t index = first; index < all.size(); ++index)
    if (has_errors(all[index].findings)) return;
  const auto catalogue = Catalogue::open(folder);
  if (!catalogue) all.push_back({folder, {}, {}, {finding("catalogue", "", catalogue.error())}, {}});
}

Result<std::vector<CheckedFile>> check_all(const std::vector<std::string>& paths) {
  std::vector<CheckedFile> all;
  for (const std::string& path : paths) {
    std::error_code failed;
    std::vector<fs::path> files = {path};
    const bool is_folder = fs::is_directory(path, failed);
    if (is_folder) {
      auto found = files_of(path);
      if (!found) return found.error();
      files = std::move(found).value();
    }
    const std::size_t first = all.size();
    for (const fs::path& file : files) {
      auto checked = check_file(file);
      if (!checked) return checked.error();
      all.push_back(std::move(checked).value());
    }
    if (is_folder) check_folder(path, all, first);
  }
  check_together(all);
  return all;
}

Json to_json(const CheckedFile& checked) {
  Json findings = Json::array();
  for (const Diagnostic& one : checked.findings) {
    Json object = Json::object();
    object.set("severity", to_string(one.severity)).set("rule", one.rule).set("pointer", one.pointer);
    findings.push_back(std::move(object.set("message", one.message).set("hint", one.hint)));
  }
  Json object = Json::object();
  object.set("file", checked.file.string()).set("valid", !has_errors(checked.findings)).set("experiment", checked.key);
  return std::move(object.set("fingerprint", checked.fingerprint).set("findings", std::move(findings)));
}

void print(Console& console, const std::vector<CheckedFile>& all, std::int64_t errors, std::int64_t warnings) {
  if (console.format == Format::kJson) {
    Json files = Json::array();
    for (const CheckedFile& checked : all) files.push_back(to_json(checked));
    Json object = Json::object();
    object.set("files", std::move(files)).set("errors", errors).set("warnings", warnings);
    console.out.line(object.dump(2));
    return;
  }
  if (console.format != Format::kTable) {
    Table table{{"file", "severity", "rule", "pointer", "message", "hint"}, {}};
    for (const CheckedFile& checked : all)
      for (const Diagnostic& one : checked.findings)
        table.rows.push_back(
            {checked.file.string(), to_string(one.severity), one.rule, one.pointer, one.message, one.hint});
    console.out.write(render(table, console.format));
    return;
  }
  for (const CheckedFile& checked : all) {
    if (!checked.findings.empty()) console.out.write(describe(checked.findings, checked.file.string()));
    if (!has_errors(checked.findings))
      console.out.line(printable(checked.file.string()) + ": good, fingerprint " + checked.fingerprint);
  }
  console.out.line(counted(static_cast<std::int64_t>(all.size()), "file", "files") + ", " +
                   counted(errors, "error", "errors") + ", " + counted(warnings, "warning", "warnings"));
}

Result<int> run_check(const Arguments& arguments, Console& console) {
  const auto all = check_all(arguments.all("FILE|FOLDER"));
  if (!all) return all.error();
  std::int64_t errors = 0, warnings = 0;
  for (const CheckedFile& checked : *all) {
    for (const Diagnostic& one : checked.findings) {
      errors += one.severity == Severity::kError ? 1 : 0;
      warnings += one.severity == Severity::kWarning ? 1 : 0;
    }
  }
  print(console, *all, errors, warnings);
  return errors > 0 ? kBadExperiment : kDone;
}

}  // namespace

Command check_command() {
  Command command;
  command.name = "check";
  command.summary = "Checks experiment files: every mistake at once, with its JSON pointer.";
  command.examples = {
      {"tactful check experiments/payment-reminder.json", "One file, with its ledger, as a sender would load it."},
      {"tactful check experiments/ --json", "A whole folder, for a program."}};
  command.positionals = {{"FILE|FOLDER", "Experiment files, or folders of them.", true, true}};
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details = "Ends with exit code 3 when there is an error; warnings alone end with 0.";
  command.next = "tactful simulate shows what the plan can find out; then hand the folder to the senders.";
  command.run = run_check;
  return command;
}

}  // namespace tactful::tools
