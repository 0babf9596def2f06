#include "forget_places.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <thread>

#include "subject_ids.hpp"
#include "tactful/journal/journal_reader.hpp"

namespace tactful::tools {
namespace {

namespace fs = std::filesystem;

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
Result<Asked> ask(const fs::path& journal, std::span<const UnitId> units) {
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

/// Those of the requests that no owner has finished. With a journal that is gone went what it held.
Result<std::vector<PendingErasure>> unfinished(const std::vector<Asked>& asked) {
  std::vector<PendingErasure> left;
  for (const Asked& one : asked) {
    if (one.request.empty()) continue;
    const auto pending = pending_erasures(one.journal);
    if (!pending && pending.error().code == ErrorCode::kNotFound) continue;
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
  constexpr std::chrono::milliseconds kLongestPause(500);
  std::chrono::milliseconds pause(20);
  const auto end = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto left = unfinished(asked);
    if (!left || left->empty()) return left;
    // Every time: an owner may end while it is waited for.
    if (const Status applied = apply_where_abandoned(*left, log); !applied) return applied.error();
    if (std::chrono::steady_clock::now() >= end) return unfinished(asked);
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 3 / 2, kLongestPause);
  }
}

// What the journals themselves say about these requests; other people's are none of this receipt's business.
Result<std::int64_t> events_erased(const std::vector<Asked>& asked) {
  std::int64_t events = 0;
  for (const Asked& one : asked) {
    if (one.request.empty()) continue;
    const auto reader = JournalReader::open(one.journal);
    if (!reader && reader.error().code == ErrorCode::kNotFound) continue;
    if (!reader) return reader.error();
    const auto receipts = (*reader)->erasures();
    if (!receipts) return receipts.error();
    for (const ErasureReceipt& receipt : *receipts) events += receipt.request == one.request ? receipt.events : 0;
  }
  return events;
}

/// The rows that forgetting would remove.
std::int64_t rows_of(const Json& held, bool keep_objections) {
  const auto has = [](const Json& row, const char* name, std::string_view value) {
    const Json* member = row.find(name);
    return member != nullptr && member->is_string() && member->as_string() == value;
  };
  std::int64_t rows = 0;
  for (const auto& member : held.as_object()) {
    if (!member.second.is_array()) continue;
    for (const Json& row : member.second.as_array()) {
      const Json* on = row.find("on");
      const bool is_listed = on != nullptr && on->type() == Json::Type::kBool && on->as_bool();
      const bool is_objection = (member.first == "consents" && has(row, "kind", "opt_out")) ||
                                (member.first == "lists" && has(row, "list", "do_not_contact") && is_listed);
      rows += keep_objections && is_objection ? 0 : 1;
    }
  }
  return rows;
}

}  // namespace

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
      for (std::size_t at = 0; at < units.size(); at += kMaxErasureUnits) {
        auto one = ask(journal, std::span(units).subspan(at, std::min(kMaxErasureUnits, units.size() - at)));
        if (!one) return one.error();
        asked.push_back(std::move(one).value());
      }
    }
  }
  InJournals result;
  result.journals = static_cast<std::int64_t>(known.size());
  auto left = wait_for_owners(asked, patience, log);
  if (!left) return left.error();
  result.pending = std::move(left).value();
  const auto events = events_erased(asked);
  if (!events) return events.error();
  result.events = *events;
  return result;
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
      const std::int64_t rows = rows_of(*held, keep_objections);
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

}  // namespace tactful::tools
