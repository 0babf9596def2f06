#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>
#include <thread>

#include "subject_ids.hpp"
#include "tactful/contact/contact_state.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/journal/erasure.hpp"
#include "tactful/journal/journal_reader.hpp"

namespace tactful::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kPatienceSeconds = 10;  // a sender looks about once a second

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
  std::optional<Error> error;  ///< What kept the rest from being done, after the store.

  [[nodiscard]] bool is_complete() const {
    return !is_dry_run && !error && store.bytes_gone && (!journals || journals->pending.empty());
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

/// What was asked of one journal.
struct Asked {
  fs::path journal;
  std::string request;  ///< Empty where nothing was left to ask for.
};

// A journal that has every mark, no event and no request is done since an earlier run: asking again would only write.
Result<Asked> ask(const fs::path& journal, const std::vector<UnitId>& units) {
  const auto reader = JournalReader::open(journal);
  if (!reader) return reader.error();
  const auto done = (*reader)->has_erased(units);
  if (!done) return done.error();
  const auto pending = pending_erasures(journal);
  if (!pending) return pending.error();
  if (*done && pending->empty()) return Asked{journal, ""};
  const auto request = request_erasure(journal, units);
  if (!request) return request.error();
  return Asked{journal, *request};
}

/// Those of the requests that no owner has finished.
Result<std::vector<PendingErasure>> unfinished(const std::vector<Asked>& asked) {
  std::vector<PendingErasure> left;
  for (const Asked& one : asked) {
    if (one.request.empty()) continue;
    const auto pending = pending_erasures(one.journal);
    if (!pending) return pending.error();
    std::copy_if(pending->begin(), pending->end(), std::back_inserter(left),
                 [&](const PendingErasure& other) { return other.request == one.request; });
  }
  return left;
}

// Where nobody writes any more, nobody else will do it.
Status apply_where_abandoned(const std::vector<PendingErasure>& pending, LogSink* log) {
  for (const PendingErasure& one : pending) {
    const auto outcome = apply_erasures(one.journal, log);
    if (!outcome && outcome.error().code != ErrorCode::kUnavailable) return outcome.error();
  }
  return {};
}

// An owner looks about once a second; one that takes longer than the patience is told as pending.
Result<std::vector<PendingErasure>> wait_for_owners(const std::vector<Asked>& asked, std::chrono::seconds patience,
                                                    LogSink* log) {
  constexpr std::chrono::milliseconds kPause(20);
  const auto end = std::chrono::steady_clock::now() + patience;
  auto left = unfinished(asked);
  if (!left) return left;
  if (const Status applied = apply_where_abandoned(*left, log); !applied) return applied.error();
  while (true) {
    left = unfinished(asked);
    if (!left || left->empty()) return left;
    if (std::chrono::steady_clock::now() >= end) break;
    std::this_thread::sleep_for(kPause);
  }
  if (const Status applied = apply_where_abandoned(*left, log); !applied) return applied.error();
  return unfinished(asked);
}

// What the journals themselves say about these requests; other people's are none of this receipt's business.
Result<std::int64_t> events_erased(const std::vector<Asked>& asked) {
  std::int64_t events = 0;
  for (const Asked& one : asked) {
    if (one.request.empty()) continue;
    const auto reader = JournalReader::open(one.journal);
    if (!reader) return reader.error();
    const auto receipts = (*reader)->erasures();
    if (!receipts) return receipts.error();
    for (const ErasureReceipt& receipt : *receipts) events += receipt.request == one.request ? receipt.events : 0;
  }
  return events;
}

Result<InJournals> count_in_journals(const std::vector<fs::path>& journals, std::vector<UnitId> units) {
  InJournals result;
  std::sort(units.begin(), units.end());
  for (const fs::path& journal : journals) {
    ++result.journals;
    const auto found = count_in_journal(journal, units);
    if (!found) return found.error();
    result.events += *found;
  }
  return result;
}

// Listed again after the last request until nothing new appears: a sender may be starting, and its journal may hold
// events from before the store's tombstones reached anybody.
Result<InJournals> forget_in_journals(const Arguments& arguments, const std::string& key_id,
                                      const std::vector<UnitId>& units, std::chrono::seconds patience, LogSink* log) {
  std::vector<Asked> asked;
  std::set<fs::path> known;
  for (std::size_t fresh = 1; fresh != 0;) {
    const auto journals = subject_journals(arguments, key_id);
    if (!journals) return journals.error();
    fresh = 0;
    for (const fs::path& journal : *journals) {
      if (!known.insert(journal).second) continue;
      ++fresh;
      auto one = ask(journal, units);
      if (!one) return one.error();
      asked.push_back(std::move(one).value());
    }
  }
  InJournals result;
  result.journals = static_cast<std::int64_t>(asked.size());
  auto left = wait_for_owners(asked, patience, log);
  if (!left) return left.error();
  result.pending = std::move(left).value();
  const auto events = events_erased(asked);
  if (!events) return events.error();
  result.events = *events;
  return result;
}

std::int64_t rows_of(const Json& held) {
  std::int64_t rows = 0;
  for (const auto& member : held.as_object()) {
    if (member.second.is_array()) rows += static_cast<std::int64_t>(member.second.as_array().size());
  }
  return rows;
}

Result<std::unique_ptr<ContactState>> open_contacts(const Arguments& arguments, const fs::path& file, bool read_only,
                                                    LogSink* log) {
  const std::string store_key_file = arguments.text_or("--key", *arguments.text("--store") + ".key");
  const auto key = ContactPseudonymizer::from_key_file(arguments.text_or("--contact-key", store_key_file));
  if (!key) return key.error();
  ContactStateOptions options;
  options.read_only = read_only;
  return ContactState::open(file, *key, options, log);
}

Result<InContact> forget_contacts(ContactState& state, const std::vector<std::string>& ids, bool keep_objections,
                                  bool dry_run) {
  InContact result;
  for (const std::string& id : ids) {
    if (dry_run) {
      const auto held = state.export_unit(id);
      if (!held) return held.error();
      const std::int64_t rows = rows_of(*held);
      result.rows += rows;
      result.customers += rows > 0 ? 1 : 0;
      continue;
    }
    const auto removed = state.forget(id, keep_objections);
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
  Json error;
  if (receipt.error) {
    error = Json::object().set("code", to_string(receipt.error->code)).set("message", receipt.error->message);
  }
  return Json::object()
      .set("schema", "tactful/erasure-receipt/1")
      .set("at", receipt.at)
      .set("dry_run", receipt.is_dry_run)
      .set("units", receipt.store.units)
      .set("store", std::move(store))
      .set("journals", std::move(journals))
      .set("contact", std::move(contact))
      .set("error", std::move(error))
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
  if (receipt.error) console.warn("the store is done, what came after it is not: run it again for the same ids");
  if (!receipt.store.bytes_gone) {
    console.warn(receipt.store.bytes_kept_by + ": the bytes go with the next command that writes to the store");
  }
  if (receipt.journals && !receipt.journals->pending.empty()) {
    console.warn(counted(static_cast<std::int64_t>(receipt.journals->pending.size()), "request waits for an owner",
                         "requests wait for owners") +
                 " that did not get to it in time (--wait); run it again to see that it is done");
  }
}

/// Everything that can be found wrong before anything is changed was found.
struct Plan {
  std::vector<std::string> ids;
  std::unique_ptr<Store> store;
  std::optional<Pseudonymizer> key;
  std::vector<fs::path> journals;
  std::unique_ptr<ContactState> contact;
  std::chrono::seconds patience{};
};

Result<Plan> prepare(const Arguments& arguments, bool dry_run, Console& console) {
  Plan plan;
  const auto patience = arguments.integer("--wait", kPatienceSeconds, 0, 86'400);
  if (!patience) return patience.error();
  plan.patience = std::chrono::seconds(*patience);
  auto ids = read_subject_ids(arguments);
  if (!ids) return ids.error();
  plan.ids = std::move(ids).value();
  auto store = Store::open(*arguments.text("--store"), dry_run ? Store::Mode::kReadOnly : Store::Mode::kReadWrite,
                           console.log.get());
  if (!store) return store.error();
  plan.store = std::move(store).value();
  auto key = matching_key(arguments, *plan.store, console);
  if (!key) return key.error();
  plan.key.emplace(std::move(key).value());
  auto journals = subject_journals(arguments, plan.key->key_id());
  if (!journals) return journals.error();
  plan.journals = std::move(journals).value();
  for (const fs::path& journal : plan.journals) {
    if (dry_run) break;
    if (const Status mine = check_erasure_owners(journal); !mine) return mine.error();
  }
  if (const auto file = arguments.text("--contact")) {
    auto contact = open_contacts(arguments, *file, dry_run, console.log.get());
    if (!contact) return contact.error();
    plan.contact = std::move(contact).value();
  }
  return plan;
}

// From the journals on, an error goes into the receipt: what was erased is told whatever comes after it.
void forget_elsewhere(const Plan& plan, const Arguments& arguments, const std::vector<UnitId>& units, Receipt& receipt,
                      Console& console) {
  if (arguments.has("--journals")) {
    auto from_journals =
        receipt.is_dry_run ? count_in_journals(plan.journals, units)
                           : forget_in_journals(arguments, plan.key->key_id(), units, plan.patience, console.log.get());
    if (from_journals) {
      receipt.journals = std::move(from_journals).value();
    } else {
      receipt.error = from_journals.error();
    }
  }
  if (plan.contact != nullptr) {
    const auto from_contact =
        forget_contacts(*plan.contact, plan.ids, !arguments.has("--forget-objections"), receipt.is_dry_run);
    if (from_contact) {
      receipt.contact = *from_contact;
    } else if (!receipt.error) {
      receipt.error = from_contact.error();
    }
  }
}

Result<int> run_forget(const Arguments& arguments, Console& console) {
  const bool dry_run = arguments.has("--dry-run");
  const auto plan = prepare(arguments, dry_run, console);
  if (!plan) return plan.error();
  const std::string question = "Forget " + std::to_string(plan->ids.size()) +
                               (plan->ids.size() == 1 ? " customer" : " customers") + "? This cannot be undone.";
  if (!dry_run) {
    if (const Status agreed = agree(arguments, console, question); !agreed) return agreed.error();
  }
  std::vector<UnitId> units;
  for (const std::string& id : plan->ids) units.push_back(plan->key->unit(id));
  Receipt receipt;
  receipt.is_dry_run = dry_run;
  receipt.at = now_ms();
  // The store first: from then on nothing of them comes in, also from a journal that is collected meanwhile.
  const auto from_store = plan->store->forget(units, receipt.at, dry_run);
  if (!from_store) return from_store.error();
  receipt.store = *from_store;
  forget_elsewhere(*plan, arguments, units, receipt, console);
  print(receipt, console);
  say_what_is_left(receipt, console);
  if (receipt.error) return *receipt.error;
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
  command.options.push_back({"--wait", "SECONDS", "How long to wait for running senders; default 10."});
  command.options.push_back({"--dry-run", "", "Count what would go, change nothing."});
  command.options.push_back({"--yes", "", "Do not ask; required where nobody can be asked."});
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details =
      "The receipt has counts and no ids. A journal whose owner runs is asked, and counted as pending where the owner "
      "has not done it in the time of --wait; running the command again is safe. A one-way hash of each pseudonym "
      "stays "
      "in store and journals, so that late events and imports of the customer are kept out and counted. A journal "
      "begun later does not know whom to keep out: stop sending to them first; collect keeps them out of the store.";
  command.next = "tactful evaluate EXPERIMENT --store FILE, whose numbers may have changed.";
  command.run = run_forget;
  return command;
}

}  // namespace tactful::tools
