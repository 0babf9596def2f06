#include "subject_ids.hpp"

#include <set>

#include "line_reader.hpp"
#include "tactful/core/text.hpp"
#include "tactful/journal/erasure.hpp"
#include "tactful/journal/journal_reader.hpp"

namespace tactful::tools {

Result<std::vector<std::string>> read_subject_ids(const Arguments& arguments) {
  const auto reader = LineReader::open(*arguments.text("--id-file"));
  if (!reader) return reader.error();
  std::vector<std::string> ids;
  std::set<std::string> known;
  while (true) {
    const auto line = (*reader)->next();
    if (!line) return line.error();
    if (!*line) break;
    std::string id(trim(**line));
    if (!id.empty() && known.insert(id).second) ids.push_back(std::move(id));
  }
  if (ids.empty()) return Error{ErrorCode::kInvalidInput, "there is no id", (*reader)->name(), "one id a line"};
  return ids;
}

Result<Pseudonymizer> matching_key(const Arguments& arguments, const Store& store, const Console& console) {
  auto key = store_key(arguments, *arguments.text("--store"), true, console);
  if (!key || store.key_id().empty() || key->key_id() == store.key_id()) return key;
  return Error{
      ErrorCode::kRefused, "the store's pseudonyms belong to key " + store.key_id() + ", not to key " + key->key_id(),
      *arguments.text("--store"), "under another key nobody would be found: give the store's with --key and --purpose"};
}

Result<std::vector<std::filesystem::path>> subject_journals(const Arguments& arguments, const std::string& key_id) {
  std::vector<std::filesystem::path> journals;
  std::set<std::filesystem::path> known;
  for (const std::string& place : arguments.all("--journals")) {
    const auto found = find_journals(place);
    if (!found) return found.error();
    if (found->empty()) {
      return Error{ErrorCode::kNotFound, "there is no journal in the folder", place,
                   "name the folder in which the senders' journals (*.db) lie"};
    }
    for (const auto& journal : *found) {
      if (!known.insert(journal).second) continue;
      const auto reader = JournalReader::open(journal);
      if (!reader) return reader.error();
      if ((*reader)->key_id() != key_id) {
        return Error{ErrorCode::kRefused,
                     "the journal's pseudonyms belong to key " + (*reader)->key_id() + ", not to key " + key_id,
                     journal.string(), "nobody would be found there: run it again for these journals with their key"};
      }
      journals.push_back(journal);
    }
  }
  return journals;
}

std::vector<OptionSpec> subject_options() {
  return {{"--id-file", "FILE",
           "The raw ids, one a line; - is standard input. Ids are no words of the command line, which others can see.",
           true},
          {"--store", "FILE", "The store.", true},
          {"--key", "FILE", "Key of the pseudonyms; default <store>.key."},
          {"--purpose", "NAME", "What the store is for; default reminders."},
          {"--journals", "FOLDER", "Journals, or folders of them.", false, true},
          {"--contact", "FILE", "The contact state."}};
}

Status agree(const Arguments& arguments, const Console& console, std::string_view question) {
  if (arguments.has("--yes")) return {};
  if (!console.interactive)
    return Error{ErrorCode::kInvalidArgument, "this cannot be undone and needs --yes where nobody can be asked",
                 "--yes", "or look first with --dry-run"};
  if (console.confirm(question)) return {};
  return Error{ErrorCode::kRefused, "nothing was changed: you said no", "", ""};
}

}  // namespace tactful::tools
