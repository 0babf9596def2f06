#include "tactful/wording/scenario.hpp"

#include "reader.hpp"
#include "tactful/core/key.hpp"
#include "tactful/wording/wording.hpp"

namespace tactful {
namespace {

using wording_impl::Members;
using wording_impl::quoted;
using wording_impl::Report;

WordingScenario read_scenario(const std::string& key, const Json& json, const std::string& pointer, Report& report) {
  Members member(json, pointer, {"title", "structure", "text", "least_options", "note"}, report);
  WordingScenario scenario;
  scenario.key = key;
  if (const Json* titles = member.member("title", Json::Type::kObject)) {
    Members by_language(*titles, member.at("title"), report);
    for (const auto& [language, title] : titles->as_object()) {
      if (!wording_impl::is_language(language))
        report.error("language", by_language.at(language), quoted(language) + " is no language tag");
      scenario.title.emplace(language, by_language.text(language));
    }
  }
  scenario.structure = member.choices("structure", wording_elements());
  scenario.text = member.choices("text", wording_elements());
  scenario.least_options = static_cast<std::size_t>(member.integer("least_options", 0, 0, 20));
  (void)member.text("note");
  return scenario;
}

}  // namespace

ScenarioFile parse_scenarios(std::string_view text, std::string_view origin) {
  Report report;
  ScenarioFile file;
  Json json;
  if (wording_impl::open_file(text, origin, "tactful/scenarios/1", json, report)) {
    Members members(json, "", {"$schema", "schema", "scenarios", "note"}, report);
    (void)members.text("note");
    (void)members.require("scenarios", "scenarios by key");
    ScenarioBook book;
    if (const Json* scenarios = members.member("scenarios", Json::Type::kObject)) {
      if (scenarios->as_object().empty()) report.error("empty", "/scenarios", "there is no scenario");
      for (const auto& [key, value] : scenarios->as_object()) {
        const std::string pointer = append_pointer("/scenarios", key);
        if (!is_key(key))
          report.error("key", pointer, quoted(key) + " is no key", "a key is 1 to 64 of a-z, 0-9, '-', '_'");
        book.emplace(key, read_scenario(key, value, pointer, report));
      }
    }
    if (report.errors() == 0) file.scenarios = std::move(book);
  }
  file.diagnostics = std::move(report).take();
  return file;
}

}  // namespace tactful
