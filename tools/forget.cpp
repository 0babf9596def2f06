#include <algorithm>

#include "subject_ids.hpp"
#include "tactful/contact/contact_state.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/journal/erasure.hpp"
#include "tactful/journal/journal_reader.hpp"

namespace tactful::tools {
namespace {

namespace fs = std::filesystem;

struct InJournals {
  std::int64_t journals = 0;
  std::int64_t events = 0;              ///< Erased; in a dry run: found.
  std::vector<PendingErasure> pending;  ///< Left to live owners.
};

struct InContact {
  std::int64_t customers = 0;  ///< Of whom something was held.
  std::int64_t rows = 0;       ///< Removed; in a dry run: held.
};

struct Receipt {
  TimeMs at = 0;
  bool is_dry_run = false;
  StoreErasure store;
  std::optional<InJournals> journals;
  std::optional<InContact> contact;

  [[nodiscard]] bool is_complete() const {
    return !is_dry_run && store.bytes_gone && (!journals || journals->pending.empty());
  }
};

Result<std::int64_t> count_in_journal(const fs::path& journal, const std::vector<UnitId>& sorted_units) {
  const auto reader = JournalReader::open(journal);
  if (!reader) return reader.error();
  std::int64_t found = 0, after = 0;
  while (true) {
    const auto events = (*reader)->read(after, 65'536);
    if (!events) return events.error();
    if (events->empty()) return found;
    for (const StoredEvent& event : *events)
      found += std::binary_search(sorted_units.begin(), sorted_units.end(), event.unit) ? 1 : 0;
    after = events->back().sequence;
  }
}

Result<InJournals> forget_in_journals(const std::vector<fs::path>& journals, std::vector<UnitId> units, bool dry_run,
                                      LogSink* log) {
  InJournals result;
  std::sort(units.begin(), units.end());
  for (const fs::path& journal : journals) {
    ++result.journals;
    if (dry_run) {
      const auto found = count_in_journal(journal, units);
      if (!found) return found.error();
      result.events += *found;
      continue;
    }
    if (const auto asked = request_erasure(journal, units); !asked) return asked.error();
    // Where nobody writes any more, nobody else will do it.
    const auto outcome = apply_erasures(journal, log);
    if (!outcome && outcome.error().code != ErrorCode::kUnavailable) return outcome.error();
    if (outcome)
      for (const ErasureReceipt& one : outcome->applied) result.events += one.events;
    auto pending = pending_erasures(journal);
    if (!pending) return pending.error();
    result.pending.insert(result.pending.end(), pending->begin(), pending->end());
  }
  return result;
}

std::int64_t rows_of(const Json& held) {
  std::int64_t rows = 0;
  for (const auto& member : held.as_object()) {
    if (member.second.is_array()) rows += static_cast<std::int64_t>(member.second.as_array().size());
  }
  return rows;
}

Result<InContact> forget_contacts(const Arguments& arguments, const fs::path& file, const std::vector<std::string>& ids,
                                  Console& console) {
  const std::string store_key_file = arguments.text_or("--key", *arguments.text("--store") + ".key");
  const auto key = ContactPseudonymizer::from_key_file(arguments.text_or("--contact-key", store_key_file));
  if (!key) return key.error();
  const bool dry_run = arguments.has("--dry-run");
  ContactStateOptions options;
  options.read_only = dry_run;
  const auto state = ContactState::open(file, *key, options, console.log.get());
  if (!state) return state.error();
  InContact result;
  for (const std::string& id : ids) {
    if (dry_run) {
      const auto held = (*state)->export_unit(id);
      if (!held) return held.error();
      const std::int64_t rows = rows_of(*held);
      result.rows += rows;
      result.customers += rows > 0 ? 1 : 0;
      continue;
    }
    const auto removed = (*state)->forget(id, !arguments.has("--forget-objections"));
    if (!removed) return removed.error();
    result.rows += *removed;
    result.customers += *removed > 0 ? 1 : 0;
  }
  return result;
}

Json to_json(const Receipt& receipt) {
  Json store = Json::object();
  store.set("units_found", receipt.store.units_found)
      .set("events", receipt.store.events)
      .set("wide_rows", receipt.store.wide_rows)
      .set("quarantined", receipt.store.quarantined)
      .set("segments_rewritten", receipt.store.segments_rewritten)
      .set("bytes_gone", receipt.store.bytes_gone);
  Json journals, contact;
  if (receipt.journals) {
    Json pending = Json::array();
    for (const PendingErasure& one : receipt.journals->pending) {
      pending.push_back(
          Json::object().set("journal", one.journal.string()).set("request", one.request).set("units", one.units));
    }
    journals = Json::object()
                   .set("journals", receipt.journals->journals)
                   .set("events", receipt.journals->events)
                   .set("pending", std::move(pending));
  }
  if (receipt.contact)
    contact = Json::object().set("customers", receipt.contact->customers).set("rows", receipt.contact->rows);
  return Json::object()
      .set("schema", "tactful/erasure-receipt/1")
      .set("at", receipt.at)
      .set("dry_run", receipt.is_dry_run)
      .set("units", receipt.store.units)
      .set("store", std::move(store))
      .set("journals", std::move(journals))
      .set("contact", std::move(contact))
      .set("complete", receipt.is_complete());
}

void print(const Receipt& receipt, Console& console) {
  if (console.format == Format::kJson) {
    console.out.line(to_json(receipt).dump(2));
    return;
  }
  Table table{{"where", "customers", "rows", "pending"}, {}};
  const StoreErasure& store = receipt.store;
  table.rows.push_back({"store", store.units_found, store.events + store.wide_rows + store.quarantined, ""});
  if (receipt.journals) {
    table.rows.push_back({"journals", "", receipt.journals->events, receipt.journals->pending.size()});
  }
  if (receipt.contact) table.rows.push_back({"contact state", receipt.contact->customers, receipt.contact->rows, ""});
  console.out.write(render(table, console.format));
}

void say_what_is_left(const Receipt& receipt, Console& console) {
  if (receipt.is_dry_run) {
    console.note("a dry run: nothing was changed");
    return;
  }
  if (!receipt.store.bytes_gone) {
    console.warn("a reader keeps the store's log: the bytes go with the next command that writes to the store");
  }
  if (receipt.journals && !receipt.journals->pending.empty()) {
    console.warn(counted(static_cast<std::int64_t>(receipt.journals->pending.size()),
                         "request waits for a running owner", "requests wait for running owners") +
                 ", who erase within about a second; run it again to see that it is done");
  }
}

Result<int> run_forget(const Arguments& arguments, Console& console) {
  const bool dry_run = arguments.has("--dry-run");
  const auto ids = read_subject_ids(arguments);
  if (!ids) return ids.error();
  const auto store = Store::open(*arguments.text("--store"), dry_run ? Store::Mode::kReadOnly : Store::Mode::kReadWrite,
                                 console.log.get());
  if (!store) return store.error();
  const auto key = matching_key(arguments, **store, console);
  if (!key) return key.error();
  const auto journals = subject_journals(arguments, key->key_id());
  if (!journals) return journals.error();
  const std::string question = "Forget " + std::to_string(ids->size()) +
                               (ids->size() == 1 ? " customer" : " customers") + "? This cannot be undone.";
  if (!dry_run) {
    if (const Status agreed = agree(arguments, console, question); !agreed) return agreed.error();
  }
  std::vector<UnitId> units;
  for (const std::string& id : *ids) units.push_back(key->unit(id));
  Receipt receipt;
  receipt.is_dry_run = dry_run;
  receipt.at = now_ms();
  // The store first: from then on nothing of them comes in, also from a journal that is collected meanwhile.
  const auto from_store = (*store)->forget(units, receipt.at, dry_run);
  if (!from_store) return from_store.error();
  receipt.store = *from_store;
  if (arguments.has("--journals")) {
    auto from_journals = forget_in_journals(*journals, units, dry_run, console.log.get());
    if (!from_journals) return from_journals.error();
    receipt.journals = std::move(from_journals).value();
  }
  if (const auto file = arguments.text("--contact")) {
    const auto from_contact = forget_contacts(arguments, *file, *ids, console);
    if (!from_contact) return from_contact.error();
    receipt.contact = *from_contact;
  }
  print(receipt, console);
  say_what_is_left(receipt, console);
  return kDone;
}

}  // namespace

Command forget_command() {
  Command command;
  command.name = "forget";
  command.summary = "Erases customers from store, journals and contact state, and keeps them out.";
  command.examples = {
      {"tactful forget --id-file - --store pilot.db --journals /var/lib/reminders/journals --yes < ids.txt",
       "Ids from standard input: they stand in no list of processes."},
      {"tactful forget --id-file ids.txt --store pilot.db --contact contact.db --dry-run", "Only counts."}};
  command.options = subject_options();
  command.options.push_back({"--contact-key", "FILE", "Key of the contact state; default that of the store."});
  command.options.push_back(
      {"--forget-objections", "", "Also opt-outs and do-not-contact entries: then they may be contacted again."});
  command.options.push_back({"--dry-run", "", "Count what would go, change nothing."});
  command.options.push_back({"--yes", "", "Do not ask; required where nobody can be asked."});
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details =
      "The receipt has counts and no ids. A journal whose owner runs is asked, and counted as pending until the owner "
      "has "
      "done it; running the command again is safe. A one-way hash of each pseudonym stays in store and journals, so "
      "that "
      "late events and imports of the customer are kept out and counted.";
  command.next = "tactful evaluate EXPERIMENT --store FILE, whose numbers may have changed.";
  command.run = run_forget;
  return command;
}

}  // namespace tactful::tools
