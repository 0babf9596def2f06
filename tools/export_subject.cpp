#include "subject_ids.hpp"
#include "tactful/contact/contact_state.hpp"
#include "tactful/journal/journal_reader.hpp"
#include "tactful/store/subject.hpp"

namespace tactful::tools {
namespace {

Result<Json> events_of(const std::filesystem::path& journal, UnitId unit) {
  const auto reader = JournalReader::open(journal);
  if (!reader) return reader.error();
  Json events = Json::array();
  std::optional<Error> unknown;
  const auto text = [&](std::int32_t code) {
    const auto found = (*reader)->text(code);
    if (!found && !unknown) unknown = found.error();
    return found ? *found : std::string();
  };
  for (std::int64_t after = 0;;) {
    const auto read = (*reader)->read(after, 65'536);
    if (!read) return read.error();
    if (read->empty()) break;
    for (const StoredEvent& event : *read) {
      if (event.unit == unit) events.push_back(subject_event(event, text));
    }
    after = read->back().sequence;
  }
  if (unknown) return *unknown;
  return events;
}

Result<int> run_export(const Arguments& arguments, Console& console) {
  const auto ids = read_subject_ids(arguments);
  if (!ids) return ids.error();
  if (ids->size() != 1) {
    return Error{ErrorCode::kInvalidInput,
                 "there are " + std::to_string(ids->size()) + " ids, and a document is about one",
                 *arguments.text("--id-file"), "one id; run it once for each"};
  }
  const auto store = Store::open(*arguments.text("--store"), Store::Mode::kReadOnly, console.log.get());
  if (!store) return store.error();
  const auto key = matching_key(arguments, **store, console);
  if (!key) return key.error();
  const UnitId unit = key->unit(ids->front());
  auto held = (*store)->subject(unit);
  if (!held) return held.error();
  Json journals, contact;
  if (arguments.has("--journals")) {
    const auto files = subject_journals(arguments, key->key_id());
    if (!files) return files.error();
    journals = Json::array();
    for (const auto& file : *files) {
      auto events = events_of(file, unit);
      if (!events) return events.error();
      if (!events->as_array().empty())
        journals.push_back(Json::object().set("journal", file.string()).set("events", std::move(events).value()));
    }
  }
  if (const auto file = arguments.text("--contact")) {
    const std::string store_key_file = arguments.text_or("--key", *arguments.text("--store") + ".key");
    const auto contact_key = ContactPseudonymizer::from_key_file(arguments.text_or("--contact-key", store_key_file));
    if (!contact_key) return contact_key.error();
    ContactStateOptions options;
    options.read_only = true;
    const auto state = ContactState::open(*file, *contact_key, options, console.log.get());
    if (!state) return state.error();
    auto rows = (*state)->export_unit(ids->front());
    if (!rows) return rows.error();
    contact = std::move(rows).value();
  }
  console.out.line(Json::object()
                       .set("schema", "tactful/subject/1")
                       .set("at", now_ms())
                       .set("unit", pseudonym_text(unit))
                       .set("purpose", key->purpose())
                       .set("store", std::move(held).value())
                       .set("journals", std::move(journals))
                       .set("contact", std::move(contact))
                       .dump(2));
  return kDone;
}

}  // namespace

Command export_subject_command() {
  Command command;
  command.name = "export-subject";
  command.summary = "Everything held about one customer, as JSON, for the customer's right of access.";
  command.examples = {
      {"tactful export-subject --id-file - --store pilot.db --contact contact.db < id.txt > answer.json",
       "The id from standard input."},
      {"tactful export-subject --id-file id.txt --store pilot.db --journals /var/lib/reminders/journals",
       "With what has not been collected yet."}};
  command.options = subject_options();
  command.options.push_back({"--contact-key", "FILE", "Key of the contact state; default that of the store."});
  command.formats = {Format::kJson};
  command.details =
      "The raw id is not in the answer, but its pseudonym is: the answer is personal data like what it is about. What "
      "was "
      "not asked for (journals, contact state) is null.";
  command.next = "tactful forget, where the customer asks for that too.";
  command.run = run_export;
  return command;
}

}  // namespace tactful::tools
