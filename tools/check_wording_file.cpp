#include "check_file.hpp"
#include "inputs.hpp"
#include "tactful/core/file.hpp"

namespace tactful::tools {
namespace {

namespace fs = std::filesystem;

// Rules and scenarios of a wording lie beside the folder `wordings`.
std::optional<fs::path> place_of(const fs::path& file) {
  std::error_code failed;
  if (fs::absolute(file, failed).lexically_normal().parent_path().filename() != "wordings") return std::nullopt;
  return (folder_of(file) / "..").lexically_normal();
}

bool is_of_other_language(const Wording& wording, const Diagnostic& found, const std::string& language) {
  for (const WordingText& text : wording.texts())
    if (text.pointer == found.pointer) return !is_language(text.language, language);
  return false;
}

void narrow(const Wording& wording, const std::string& language, CheckedFile& checked) {
  std::erase_if(checked.costs, [&](const TextCost& cost) { return !is_language(cost.language, language); });
  if (!checked.costs.empty()) return;
  std::string list;
  for (const WordingText& text : wording.texts())
    list += (list.empty() ? "" : ", ") + text.language + "/" + text.channel;
  checked.findings.push_back({Severity::kWarning, "no-language", "/texts",
                              "no text is in the language \"" + language + "\"", "there are " + list});
}

Status check_beyond_form(const Wording& wording, WordingShelf& shelf, const CheckLanguages& languages,
                         CheckedFile& checked) {
  const auto found = shelf.beside(place_of(checked.file));
  if (!found) return found.error();
  const Surroundings& beside = **found;
  if (!beside.rules && !beside.scenarios && beside.unusable.empty())
    checked.findings.push_back({Severity::kNote, "form-only", "",
                                "no rule packs and no scenarios lie beside it, so that only its form was checked",
                                "name them with --rules DIR and --scenarios DIR"});
  if (beside.rules) checked.rules = beside.rules->fingerprint();
  Diagnostics more =
      check_wording(wording, beside.scenarios ? &*beside.scenarios : nullptr, beside.rules.get(), languages.messages);
  for (Diagnostic& one : more)
    if (!languages.texts || !is_of_other_language(wording, one, *languages.texts))
      checked.findings.push_back(std::move(one));
  return {};
}

Status check_wording_in(WordingShelf& shelf, const CheckLanguages& languages, CheckedFile& checked) {
  auto read = read_wording(checked.file);
  if (!read) return read.error();
  checked.findings = std::move(read->diagnostics);
  if (!read->wording) return {};
  const Wording& wording = *read->wording;
  checked.key = wording.key();
  checked.fingerprint = wording.fingerprint();
  checked.costs = costs(wording);
  if (languages.texts) narrow(wording, *languages.texts, checked);
  return check_beyond_form(wording, shelf, languages, checked);
}

}  // namespace

bool is_language(std::string_view tag, std::string_view language) noexcept {
  const auto narrows = [](std::string_view one, std::string_view other) {
    return one.size() > other.size() && one[other.size()] == '-' && one.substr(0, other.size()) == other;
  };
  return tag == language || narrows(tag, language) || narrows(language, tag);
}

Result<CheckedFile> check_wording_floor(const fs::path& file, FileKind kind, WordingShelf& shelf,
                                        const CheckLanguages& languages) {
  CheckedFile checked;
  checked.file = file;
  checked.kind = kind;
  if (kind == FileKind::kWording) {
    if (const Status done = check_wording_in(shelf, languages, checked); !done) return done.error();
    return checked;
  }
  const auto text = read_file(file);
  if (!text) return text.error();
  if (kind == FileKind::kRules) {
    RulePackFile read = parse_rule_pack(*text, file.filename().string());
    if (read.pack) checked.key = read.pack->key;
    checked.findings = std::move(read.diagnostics);
  } else {
    checked.findings = parse_scenarios(*text, file.filename().string()).diagnostics;
  }
  return checked;
}

Json to_json(const TextCost& cost) {
  Json object = Json::object();
  object.set("language", cost.language).set("channel", cost.channel);
  object.set("characters", cost.reading.characters).set("seconds", cost.reading.seconds);
  if (cost.channel != "sms") return object;
  Json sms = Json::object();
  sms.set("encoding", to_string(cost.longest.encoding)).set("least_segments", cost.shortest.segments);
  sms.set("most_segments", cost.longest.segments).set("units", cost.longest.units).set("room", cost.longest.room);
  return std::move(object.set("sms", std::move(sms)));
}

}  // namespace tactful::tools
