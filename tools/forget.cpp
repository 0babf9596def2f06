#include <chrono>

#include "forget_places.hpp"
#include "subject_ids.hpp"
#include "tactful/core/phrases.hpp"

namespace tactful::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kPatienceSeconds = 10;  // a sender looks about once a second

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

// An error goes into the receipt: what was erased is told whatever comes after it. The journals are the last, since
// their owners are waited for.
void forget_elsewhere(const Plan& plan, const Arguments& arguments, const std::vector<UnitId>& units, Receipt& receipt,
                      Console& console) {
  if (plan.contact != nullptr) {
    const auto from_contact =
        forget_contacts(*plan.contact, plan.ids, !arguments.has("--forget-objections"), receipt.is_dry_run);
    if (from_contact) {
      receipt.contact = *from_contact;
    } else {
      receipt.error = from_contact.error();
    }
  }
  if (arguments.has("--journals")) {
    auto from_journals =
        receipt.is_dry_run ? count_in_journals(plan.journals, units)
                           : forget_in_journals(arguments, plan.key->key_id(), units, plan.patience, console.log.get());
    if (from_journals) {
      receipt.journals = std::move(from_journals).value();
    } else if (!receipt.error) {
      receipt.error = from_journals.error();
    }
  }
}

Result<int> run_forget(const Arguments& arguments, Console& console) {
  const bool dry_run = arguments.has("--dry-run");
  auto plan = prepare(arguments, dry_run, console);
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
  plan->store.reset();  // collecting goes on while owners are waited for
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
      "stays in store and journals, so that late events and imports of the customer are kept out and counted. A "
      "journal begun later does not know whom to keep out: stop sending to them first; collect keeps them out of the "
      "store.";
  command.next = "tactful evaluate EXPERIMENT --store FILE, whose numbers may have changed.";
  command.run = run_forget;
  return command;
}

}  // namespace tactful::tools
