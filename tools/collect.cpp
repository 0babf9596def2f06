#include <algorithm>

#include "fresh_store.hpp"
#include "inputs.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

namespace fs = std::filesystem;

struct Collected {
  fs::path journal;
  IngestSummary summary;
  std::optional<Error> error;
};

Result<std::vector<fs::path>> journals_of(const std::vector<std::string>& paths, const fs::path& store) {
  std::vector<fs::path> journals;
  for (const std::string& path : paths) {
    std::error_code failed;
    const auto kind = fs::status(path, failed).type();
    if (kind == fs::file_type::not_found)
      return Error{ErrorCode::kNotFound, "no such journal or folder", path,
                   "senders make their journals when they start"};
    if (kind != fs::file_type::directory) {
      journals.emplace_back(path);
      continue;
    }
    for (fs::directory_iterator entry(path, failed), end; !failed && entry != end; entry.increment(failed)) {
      std::error_code unequal;
      if (entry->path().extension() == ".db" && !fs::equivalent(entry->path(), store, unequal))
        journals.push_back(entry->path());
    }
    if (failed) return Error{ErrorCode::kStorage, "cannot list the folder: " + failed.message(), path, ""};
  }
  std::sort(journals.begin(), journals.end());
  journals.erase(std::unique(journals.begin(), journals.end()), journals.end());
  return journals;
}

void print(Console& console, const std::vector<Collected>& all, const IngestSummary& total) {
  if (console.format == Format::kJson) {
    Json list = Json::array();
    for (const Collected& one : all) {
      Json object = Json::object();
      object.set("journal", one.journal.string());
      if (one.error) {
        object.set("error", Json(Json::Object{{"code", to_string(one.error->code)}, {"message", one.error->message}}));
      } else {
        const Json counts = to_json(one.summary);
        for (const auto& member : counts.as_object()) object.set(member.first, member.second);
      }
      list.push_back(std::move(object));
    }
    Json object = Json::object();
    object.set("journals", std::move(list)).set("total", to_json(total));
    console.out.line(object.dump(2));
    return;
  }
  Table table{{"journal", "read", "new", "duplicate", "conflicting", "forgotten", "expired", "remark"}, {}};
  for (const Collected& one : all) {
    const IngestSummary& s = one.summary;
    table.rows.push_back({one.journal.string(), s.read, s.added, s.duplicates, s.conflicts, s.forgotten, s.expired,
                          one.error ? one.error->message : ""});
  }
  table.rows.push_back(
      {"total", total.read, total.added, total.duplicates, total.conflicts, total.forgotten, total.expired, ""});
  console.out.write(render(table, console.format));
}

Result<int> run_collect(const Arguments& arguments, Console& console) {
  const fs::path store_file = *arguments.text("--store");
  const auto journals = journals_of(arguments.all("JOURNAL|FOLDER"), store_file);
  if (!journals) return journals.error();
  if (journals->empty())
    return Error{ErrorCode::kNotFound, "no journal (*.db) in the folder", arguments.all("JOURNAL|FOLDER").front(), ""};
  const FreshStore fresh(arguments, store_file);
  const auto store = Store::open(store_file, Store::Mode::kCreate, console.log.get());
  if (!store) return store.error();
  std::vector<Collected> all;
  IngestSummary total;
  std::optional<Error> first;
  for (const fs::path& journal : *journals) {
    const auto summary = (*store)->collect(journal);
    if (!summary) {
      // One damaged journal must not keep the others from being collected.
      all.push_back({journal, {}, summary.error()});
      if (!first) first = summary.error();
      continue;
    }
    all.push_back({journal, *summary, std::nullopt});
    total.read += summary->read;
    total.added += summary->added;
    total.duplicates += summary->duplicates;
    total.conflicts += summary->conflicts;
    total.forgotten += summary->forgotten;
    total.expired += summary->expired;
  }
  if (first) fresh.remove_if_empty(**store);
  // What senders could not record is in no event: only here, and in the checks of a scorecard, does anybody see it.
  if (const auto history = (*store)->history(); history && history->dropped + history->failed + history->refused > 0) {
    console.warn("senders could not record " + grouped(history->dropped + history->failed + history->refused) +
                 " events so far (queue full " + grouped(history->dropped) + ", storage failed " +
                 grouped(history->failed) + ", refused " + grouped(history->refused) + ")");
  }
  if (total.forgotten > 0)
    console.note(counted(total.forgotten, "event of a forgotten customer was", "events of forgotten customers were") +
                 " kept out");
  // One journal that failed needs no table of zeros beside its error.
  if (!first || all.size() > 1 || console.format != Format::kTable) print(console, all, total);
  if (first) return *first;
  return kDone;
}

}  // namespace

Command collect_command() {
  Command command;
  command.name = "collect";
  command.summary = "Brings what senders recorded into the store; as often as you like.";
  command.examples = {
      {"tactful collect --store pilot.db /var/lib/reminders/journals",
       "Every journal of a folder, also of running senders."},
      {"tactful collect --store pilot.db host1-4711-0.db host2-815-0.db --json", "Two journals, for a program."}};
  command.positionals = {{"JOURNAL|FOLDER", "Journals, or folders of them.", true, true}};
  command.options = {{"--store", "FILE", "The store; made when absent.", true}};
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details =
      "Collecting twice, in any order, gives the same store. A journal that cannot be read is named, the others are "
      "collected, and the exit code is that of the first failure. Events of forgotten customers, and those from before "
      "a purge (expired), stay out and are counted. A new store knows nobody who was forgotten: where it takes the "
      "place of one that is lost, run forget again for everybody.";
  command.next = "tactful evaluate EXPERIMENT --store FILE.";
  command.run = run_collect;
  return command;
}

}  // namespace tactful::tools
