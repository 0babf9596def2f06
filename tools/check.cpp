#include <algorithm>
#include <array>
#include <optional>

#include "check_contact.hpp"
#include "check_file.hpp"
#include "check_speech.hpp"
#include "contact_files.hpp"
#include "inputs.hpp"
#include "tactful/assignment/assigner.hpp"
#include "tactful/assignment/lint.hpp"
#include "tactful/catalogue/catalogue.hpp"
#include "tactful/core/file.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/ledger.hpp"
#include "tactful/experiment/message_template.hpp"

namespace tactful::tools {
namespace {

namespace fs = std::filesystem;

// The folders under a folder of experiments, in the order in which they are checked.
constexpr std::array<const char*, 4> kSubfolders = {"wordings", "rules", "scenarios", "contact"};

struct Checking {
  WordingShelf shelf;
  CheckLanguages languages;
  std::vector<CheckedFile> all;
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

// Policies lie beside, and the experiment names none: it keeps to objections and lists only.
void check_policy_named(const fs::path& file, const Experiment& experiment, bool chinese, Diagnostics& findings) {
  std::error_code failed;
  const fs::path folder = folder_of(file) / "contact";
  if (!experiment.contact.empty() || !fs::is_directory(folder, failed)) return;
  const auto policies = json_files(folder);
  if (!policies || policies->empty()) return;
  findings.push_back({Severity::kWarning, "no-contact", "/contact",
                      chinese ? "实验没有指定联系策略，而 contact/ 中有：只有客户的退订和名单起作用，没有频次和时段限制"
                              : "the experiment names no contact policy, and there are some in contact/: only "
                                "objections and lists bind it, no caps and no hours",
                      chinese ? "请写明适用于其客户的策略" : "name the policy that holds for its customers"});
}

CheckedFile folder_finding(const fs::path& folder, FileKind kind, Diagnostics findings) {
  CheckedFile checked;
  checked.file = folder;
  checked.kind = kind;
  checked.findings = std::move(findings);
  return checked;
}

Result<CheckedFile> check_experiment(const fs::path& file, Checking& checking) {
  auto read = read_experiment_with_wordings(file);
  if (!read) return read.error();
  CheckedFile checked;
  checked.file = file;
  checked.findings = std::move(read->diagnostics);
  if (!read->experiment) return checked;
  checked.key = read->experiment->key;
  checked.fingerprint = fingerprint(*read->experiment);
  check_as_sender(file, *read->experiment, checked);
  for (Diagnostic& one : lint_experiment(*read->experiment)) checked.findings.push_back(std::move(one));
  for (Diagnostic& one : check_contact_of(file, *read->experiment)) checked.findings.push_back(std::move(one));
  check_policy_named(file, *read->experiment, is_chinese(checking.languages.messages), checked.findings);
  auto more = check_variants(file, *read->experiment, checking.shelf, checking.languages);
  if (!more) return more.error();
  for (Diagnostic& one : *more) checked.findings.push_back(std::move(one));
  checked.experiment = std::move(read->experiment);
  return checked;
}

Status check_file(const fs::path& file, Checking& checking) {
  const auto text = read_file(file);
  if (!text) return text.error();
  const FileKind kind = kind_of(file, *text);
  auto checked = kind == FileKind::kExperiment ? check_experiment(file, checking)
                 : kind == FileKind::kContact  ? check_contact_file(file)
                                               : check_wording_floor(file, kind, checking.shelf, checking.languages);
  if (!checked) return checked.error();
  checking.all.push_back(std::move(checked).value());
  return {};
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
  for (PairFinding& found : lint_together(experiments))
    all[files[found.second]].findings.push_back(std::move(found.diagnostic));
}

// What only the folder as a whole can show, when each of its own files, from `first` to `last`, is good.
void check_as_catalogue(const fs::path& folder, std::vector<CheckedFile>& all, std::size_t first, std::size_t last) {
  bool any = false;
  for (std::size_t index = first; index < last; ++index) {
    if (has_errors(all[index].findings)) return;
    any = any || all[index].kind == FileKind::kExperiment;
  }
  if (!any) return;  // a folder of wordings or rules, which no sender opens
  const auto catalogue = Catalogue::open(folder);
  if (!catalogue)
    all.push_back(folder_finding(folder, FileKind::kExperiment, {finding("catalogue", "", catalogue.error())}));
}

Status check_files(const std::vector<fs::path>& files, Checking& checking) {
  for (const fs::path& file : files)
    if (const Status done = check_file(file, checking); !done) return done.error();
  return {};
}

Status check_folder(const fs::path& folder, Checking& checking) {
  const std::size_t first = checking.all.size();
  const auto own = json_files(folder);
  if (!own) return own.error();
  if (const Status done = check_files(*own, checking); !done) return done.error();
  check_as_catalogue(folder, checking.all, first, first + own->size());
  for (const char* name : kSubfolders) {
    std::error_code failed;
    if (!fs::is_directory(folder / name, failed)) continue;
    const auto files = json_files(folder / name);
    if (!files) return files.error();
    if (const Status done = check_files(*files, checking); !done) return done.error();
  }
  if (checking.all.size() > first) return {};
  return Error{ErrorCode::kNotFound,
               "no experiment, wording, rule pack, scenarios or contact policy (*.json) in the folder", folder.string(),
               ""};
}

// Rule packs and scenarios that were needed and could not be used are findings too, once each.
void add_unusable(Checking& checking) {
  const auto normal = [](const fs::path& file) {
    std::error_code failed;
    return fs::weakly_canonical(file, failed);
  };
  for (const auto& [place, beside] : checking.shelf.places()) {
    for (const UnusableFile& one : beside->unusable) {
      const bool known = std::any_of(checking.all.begin(), checking.all.end(), [&](const CheckedFile& checked) {
        return has_errors(checked.findings) && normal(checked.file) == normal(one.file);
      });
      if (!known) checking.all.push_back(folder_finding(one.file, one.kind, one.findings));
    }
  }
}

Status check_all(const std::vector<std::string>& paths, Checking& checking) {
  for (const std::string& path : paths) {
    std::error_code failed;
    const Status done = fs::is_directory(path, failed) ? check_folder(path, checking) : check_file(path, checking);
    if (!done) return done.error();
  }
  add_unusable(checking);
  check_together(checking.all);
  return {};
}

Json file_to_json(const CheckedFile& checked) {
  Json findings = Json::array();
  for (const Diagnostic& one : checked.findings) {
    Json object = Json::object();
    object.set("severity", to_string(one.severity)).set("rule", one.rule).set("pointer", one.pointer);
    findings.push_back(std::move(object.set("message", one.message).set("hint", one.hint)));
  }
  Json object = Json::object();
  object.set("file", checked.file.string()).set("kind", to_string(checked.kind));
  object.set("valid", !has_errors(checked.findings));
  if (checked.kind != FileKind::kScenarios) object.set(std::string(to_string(checked.kind)), checked.key);
  if (checked.kind == FileKind::kExperiment || checked.kind == FileKind::kWording || checked.kind == FileKind::kContact)
    object.set("fingerprint", checked.fingerprint);
  if (checked.kind == FileKind::kWording) {
    Json costs = Json::array();
    for (const TextCost& cost : checked.costs) costs.push_back(to_json(cost));
    object.set("rules", checked.rules).set("costs", std::move(costs));
  }
  return std::move(object.set("findings", std::move(findings)));
}

// What is good or what it costs as it stands, and the sum.
void print_for_people(Console& console, const std::vector<CheckedFile>& all, std::int64_t errors, std::int64_t warnings,
                      bool chinese) {
  for (const CheckedFile& checked : all) {
    const std::string file = printable(checked.file.string()) + (chinese ? "：" : ": ");
    if (!checked.findings.empty()) console.out.write(describe(checked.findings, checked.file.string(), chinese));
    if (!has_errors(checked.findings)) {
      const std::string identity =
          checked.fingerprint.empty() ? "" : (chinese ? "，指纹 " : ", fingerprint ") + checked.fingerprint;
      console.out.line(file + (chinese ? "合格" : "good") + identity);
    } else if (!checked.costs.empty()) {
      console.out.line(file + (chinese ? "有错误，不会被发送；照现在的写法"
                                       : "errors, so that it is not sent; as it stands it costs"));
    }
    for (const TextCost& cost : checked.costs) console.out.line("  " + printable(describe(cost, chinese)));
  }
  const auto files = static_cast<std::int64_t>(all.size());
  console.out.line(chinese ? std::to_string(files) + "个文件，" + std::to_string(errors) + "个错误，" +
                                 std::to_string(warnings) + "个警告"
                           : counted(files, "file", "files") + ", " + counted(errors, "error", "errors") + ", " +
                                 counted(warnings, "warning", "warnings"));
}

void print(Console& console, const std::vector<CheckedFile>& all, std::int64_t errors, std::int64_t warnings,
           bool chinese) {
  if (console.format == Format::kJson) {
    Json files = Json::array();
    for (const CheckedFile& checked : all) files.push_back(file_to_json(checked));
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
  print_for_people(console, all, errors, warnings, chinese);
}

Result<int> run_check(const Arguments& arguments, Console& console) {
  Checking checking{{arguments.text("--rules"), arguments.text("--scenarios")},
                    {arguments.text_or("--lang", "en"), arguments.text("--texts")},
                    {}};
  if (checking.languages.messages != "en" && !is_chinese(checking.languages.messages))
    return Error{ErrorCode::kInvalidArgument, "messages are in en or zh", "--lang",
                 "to look at texts of one language only, use --texts"};
  if (const Status done = check_all(arguments.all("FILE|FOLDER"), checking); !done) return done.error();
  std::int64_t errors = 0, warnings = 0;
  for (const CheckedFile& checked : checking.all) {
    for (const Diagnostic& one : checked.findings) {
      errors += one.severity == Severity::kError ? 1 : 0;
      warnings += one.severity == Severity::kWarning ? 1 : 0;
    }
  }
  print(console, checking.all, errors, warnings, is_chinese(checking.languages.messages));
  return errors > 0 ? kBadExperiment : kDone;
}

}  // namespace

Command check_command() {
  Command command;
  command.name = "check";
  command.summary =
      "Checks experiments, wordings, rule packs, scenarios and contact policies: every mistake at once, with its "
      "place.";
  command.examples = {
      {"tactful check experiments/payment-reminder.json", "One file, with its ledger, as a sender would load it."},
      {"tactful check experiments/bad --lang zh",
       "Reminders with faults, and what is wrong with them, said in Chinese."},
      {"tactful check experiments/ --json", "A whole folder with wordings/, rules/ and scenarios/, for a program."}};
  command.positionals = {{"FILE|FOLDER", "Files of any of these kinds, or folders of them.", true, true}};
  command.options = {{"--rules", "DIR", "Rule packs to check by; default the folder rules/ beside."},
                     {"--scenarios", "DIR", "Scenarios to check by; default the folder scenarios/ beside."},
                     {"--lang", "en|zh", "Language of the messages; default en."},
                     {"--texts", "LANGUAGE", "Only texts of one language, such as zh."}};
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details =
      "A folder is checked with its folders wordings/, rules/, scenarios/ and contact/. A wording is checked by the "
      "rules and "
      "scenarios beside its folder (or beside the folder above), the words of an experiment's variants by the rules/ "
      "beside it: what senders refuse is an error. Ends "
      "with exit code 3 when there is an error; warnings alone end with 0.";
  command.next = "tactful simulate shows what the plan can find out; then hand the folder to the senders.";
  command.run = run_check;
  return command;
}

}  // namespace tactful::tools
