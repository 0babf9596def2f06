#include "command.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"
#include "wording_library.hpp"

namespace tactful::tools {
namespace {

Json to_json(const WordingVersion& version) {
  Json results = Json::array();
  for (const WordingResult& one : version.results) {
    Json object = Json::object().set("experiment", one.experiment).set("variant", one.variant).set("what", one.what);
    if (one.at != 0) object.set("at", format_time(one.at));
    results.push_back(std::move(object.set("detail", one.detail)));
  }
  return Json::object()
      .set("wording", version.wording->key())
      .set("fingerprint", version.wording->fingerprint())
      .set("title", version.wording->title())
      .set("file", version.file.string())
      .set("current", version.is_current)
      .set("results", std::move(results));
}

std::string number(const Json& value) { return value.is_number() ? plain(value) : "-"; }

std::string describe(const WordingResult& result) {
  std::string line = result.what == "runs" ? "is" : result.what;
  line += " \"" + printable(result.variant) + "\" of " + result.experiment;
  if (result.at != 0) line += ", " + format_time(result.at);
  if (result.what == "scorecard") {
    for (const Json& one : result.detail.as_array()) {
      const Json* verdict = one.find("verdict");
      line +=
          "\n      " + one.find("metric")->as_string() + ": " + number(one.find("value") ? *one.find("value") : Json());
      if (verdict != nullptr) line += ", " + verdict->as_string();
    }
    return line;
  }
  for (const char* name : {"variant", "reason", "action", "by"}) {
    const Json* member = result.detail.find(name);
    if (member != nullptr && member->is_string())
      line += std::string(", ") + name + " " + printable(member->as_string());
  }
  return line;
}

void print(Console& console, const std::vector<WordingVersion>& versions) {
  if (console.format == Format::kJson) {
    Json list = Json::array();
    for (const WordingVersion& version : versions) list.push_back(to_json(version));
    console.out.line(Json::object().set("versions", std::move(list)).dump(2));
    return;
  }
  for (const WordingVersion& version : versions) {
    console.out.line(version.wording->key() + " " + version.wording->fingerprint() +
                     (version.is_current ? "  now" : "  kept"));
    if (!version.wording->title().empty()) console.out.line("    " + printable(version.wording->title()));
    for (const WordingResult& result : version.results) console.out.line("    " + describe(result));
    if (version.results.empty()) console.out.line("    ran nowhere that the folder knows of");
  }
  console.out.line(counted(static_cast<std::int64_t>(versions.size()), "version", "versions"));
}

Result<int> run_wordings(const Arguments& arguments, Console& console) {
  const std::filesystem::path folder = *arguments.text("FOLDER");
  auto versions = wording_versions(folder, arguments.all("--scorecard"));
  if (!versions) return versions.error();
  if (const auto key = arguments.text("--wording")) {
    std::erase_if(*versions, [&](const WordingVersion& one) { return one.wording->key() != *key; });
    if (versions->empty())
      return Error{ErrorCode::kNotFound, "the folder has no such wording", *key, "tactful wordings " + folder.string()};
  }
  if (arguments.has("--keep")) {
    for (const WordingVersion& version : *versions) {
      if (!version.is_current) continue;
      const auto kept = keep_version(folder, version);
      if (!kept) return kept.error();
      if (!kept->empty()) console.note("kept " + *kept);
    }
  }
  print(console, *versions);
  return kDone;
}

}  // namespace

Command wordings_command() {
  Command command;
  command.name = "wordings";
  command.summary = "The wording library: every version of a wording, where it ran and what came of it.";
  command.examples = {
      {"tactful wordings experiments/", "All versions, with what the ledgers say of each."},
      {"tactful wordings experiments/ --keep", "The same, and the words of today are kept before somebody edits them."},
      {"tactful wordings experiments/ --wording late-fee --scorecard may.json --json",
       "One wording, with the results of a scorecard, for a program."}};
  command.positionals = {{"FOLDER", "The folder of experiments, with wordings/ in it."}};
  command.options = {{"--wording", "KEY", "Only this wording."},
                     {"--scorecard", "FILE", "A scorecard (evaluate --json) whose results to show.", false, true},
                     {"--keep", "", "Copy the present words to wordings/history/<key>@<fingerprint>.json."}};
  command.formats = {Format::kTable, Format::kJson};
  command.details =
      "A version is known by its content: results are found by the fingerprint that ledgers and scorecards carry, "
      "which is that of the experiment with these very words. A version that was edited without being kept is not "
      "found again.";
  command.next = "tactful diff shows two versions of a wording side by side.";
  command.run = run_wordings;
  return command;
}

}  // namespace tactful::tools
