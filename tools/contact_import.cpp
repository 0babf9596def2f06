#include "contact_import.hpp"

#include <algorithm>
#include <span>

#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"
#include "tactful/store/csv.hpp"

namespace tactful::tools {
namespace {

enum class Kind { kDoNotContact, kPriority, kConsent };

struct Row {
  std::string unit, channel, purpose, event_id;
  bool is_on = true;  // of consent: an opt-in
  std::optional<TimeMs> at;
};

constexpr std::size_t kBatch = 1000;  // rows a transaction

// What a time without a zone means: --zone, an offset or a name; else such a time is refused.
class AssumedZone {
 public:
  static Result<AssumedZone> from(const Arguments& arguments) {
    AssumedZone assumed;
    const auto name = arguments.text("--zone");
    if (!name) return assumed;
    if (const auto offset = UtcOffset::parse(*name)) {
      assumed.zone_ = TimeZone::fixed(*offset);
      return assumed;
    }
    const auto zone = TimeZones().find(*name);
    if (!zone) return Error{zone.error().code, zone.error().message, "--zone", "+08:00, or an IANA name"};
    assumed.zone_ = *zone;
    return assumed;
  }

  // Of a clock time that occurs twice the later moment for an objection, the earlier for a permission.
  [[nodiscard]] Result<TimeMs> read(std::string_view text, bool is_permission) const {
    const auto here = parse_time(text, UtcOffset{}), there = parse_time(text, UtcOffset::parse("+01:00").value());
    if (!here) return here.error();
    if (there && *here == *there) return *here;  // it names its zone itself
    if (!zone_) {
      return Error{ErrorCode::kInvalidInput, "the time has no zone", "",
                   "write 2026-05-14T09:30:00+08:00, or say with --zone whose clock it is"};
    }
    const std::int64_t day = day_index(*here, UtcOffset{});
    const TimeMs in_day = *here - day_start(day, UtcOffset{});
    const LocalMoments moments = zone_->moments(day, static_cast<int>(in_day / kMillisecondsPerMinute));
    const TimeMs moment = is_permission ? moments.first : moments.second.value_or(moments.first);
    return moment + in_day % kMillisecondsPerMinute;
  }

 private:
  std::optional<TimeZone> zone_;
};

Result<Kind> kind_option(const Arguments& arguments) {
  const std::string name = arguments.text_or("--list", "");
  if (name == "do-not-contact") return Kind::kDoNotContact;
  if (name == "priority") return Kind::kPriority;
  if (name == "consent") return Kind::kConsent;
  return Error{ErrorCode::kInvalidArgument, "\"" + printable(name) + "\" is no list", "--list",
               "do-not-contact, priority or consent"};
}

// Reads the columns of one row; every mistake names its field.
class Columns {
 public:
  static Result<Columns> find(const CsvReader& reader, Kind kind, const std::string& file) {
    std::vector<std::string> known = {"unit", "channel", "at", "event_id"};
    if (kind == Kind::kConsent) {
      known.insert(known.end(), {"purpose", "kind"});
    } else {
      known.emplace_back("on");
    }
    Columns columns;
    for (std::size_t i = 0; i < reader.header().size(); ++i) {
      const std::string& name = reader.header()[i];
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        const auto nearest = nearest_word(name, known);
        return Error{ErrorCode::kInvalidInput, "there is no column \"" + printable(name) + "\" in such a list", file,
                     nearest ? "did you mean " + *nearest + "?"
                             : "unit, channel, at, event_id, on; purpose and kind of consent"};
      }
      columns.at_[name] = i;
    }
    if (columns.at_.count("unit") == 0 || (kind == Kind::kConsent && columns.at_.count("kind") == 0)) {
      return Error{ErrorCode::kInvalidInput, "a column is missing", file,
                   kind == Kind::kConsent ? "unit and kind are needed" : "unit is needed"};
    }
    return columns;
  }

  Result<Row> read(const CsvReader& reader, std::span<const std::string_view> fields, Kind kind,
                   const AssumedZone& zone) const {
    Row row;
    row.unit = trim(field(fields, "unit"));
    if (row.unit.empty()) return reader.error_at(at_.at("unit"), "the customer's id is missing");
    row.event_id = trim(field(fields, "event_id"));
    for (const auto& [name, to] :
         {std::pair<const char*, std::string*>{"channel", &row.channel}, {"purpose", &row.purpose}}) {
      *to = trim(field(fields, name));
      if (!to->empty() && !is_key(*to)) return reader.error_at(at_.at(name), "\"" + printable(*to) + "\" is no key");
    }
    const char* column = kind == Kind::kConsent ? "kind" : "on";
    const std::string_view said = trim(field(fields, column));
    const std::string_view yes = kind == Kind::kConsent ? "opt_in" : "1", no = kind == Kind::kConsent ? "opt_out" : "0";
    if (!said.empty() && said != yes && said != no)
      return reader.error_at(at_.at(column),
                             "\"" + printable(said) + "\" is neither " + std::string(yes) + " nor " + std::string(no));
    if (said.empty() && kind == Kind::kConsent)
      return reader.error_at(at_.at(column), "the kind is missing", "opt_in or opt_out");
    row.is_on = said.empty() || said == yes;
    const bool is_permission = (kind == Kind::kConsent) == row.is_on;
    const std::string_view when = trim(field(fields, "at"));
    if (when.empty() && is_permission) {
      return reader.error_at(at_.at(column), "a permission without a time could revoke a later objection",
                             "give the column \"at\" with the time at which it was given");
    }
    if (when.empty()) return row;
    const auto time = zone.read(when, is_permission);
    if (!time) return reader.error_at(at_.at("at"), time.error().message, time.error().hint);
    if (*time < kEarliestContact || *time > kLatestContact)
      return reader.error_at(at_.at("at"), "the time is outside the years 1970 to 9000");
    row.at = *time;
    return row;
  }

 private:
  [[nodiscard]] std::string_view field(std::span<const std::string_view> fields, const std::string& name) const {
    const auto found = at_.find(name);
    return found == at_.end() ? std::string_view() : fields[found->second];
  }
  std::map<std::string, std::size_t> at_;
};

Result<std::vector<Row>> read_rows(const Arguments& arguments, Kind kind) {
  const auto file = arguments.text("--file");
  if (!file) return Error{ErrorCode::kInvalidArgument, "an import needs a file", "--file", "--file list.csv"};
  const auto encoding = encoding_option(arguments);
  if (!encoding) return encoding.error();
  const auto zone = AssumedZone::from(arguments);
  if (!zone) return zone.error();
  const auto reader = CsvReader::open(*file, *encoding);
  if (!reader) return reader.error();
  const auto columns = Columns::find(**reader, kind, *file);
  if (!columns) return columns.error();
  std::vector<Row> rows;
  while (true) {
    const auto fields = (*reader)->next();
    if (!fields) return fields.error();
    if (fields->empty()) return rows;
    auto row = columns->read(**reader, *fields, kind, *zone);
    if (!row) return row.error();
    rows.push_back(std::move(row).value());
  }
}

ContactEntry entry_of(Kind kind, const Row& row) {
  ContactEntry entry;
  if (kind == Kind::kConsent) {
    entry.consent = row.is_on ? ConsentKind::kOptIn : ConsentKind::kOptOut;
  } else {
    entry.list = kind == Kind::kPriority ? ContactList::kPriority : ContactList::kDoNotContact;
    entry.is_on = row.is_on;
  }
  entry.unit = row.unit;
  entry.purpose = row.purpose;
  entry.channel = row.channel;
  entry.at = row.at;
  entry.event_id = row.event_id;
  return entry;
}

}  // namespace

Result<ContactImport> record_in_batches(ContactState& state, std::span<const ContactEntry> entries, TimeMs now) {
  ContactImport done;
  for (std::size_t first = 0; first < entries.size(); first += kBatch) {
    const auto batch = entries.subspan(first, std::min(kBatch, entries.size() - first));
    const auto added = state.record_entries(batch, now);
    if (!added) {
      Error error = added.error();
      error.message += "; of " + std::to_string(entries.size()) + " entries the first " + std::to_string(first) +
                       " are stored, the others are not";
      if (error.hint.empty()) error.hint = "run it again: what is stored counts once";
      return error;
    }
    done.added += *added;
    done.known += static_cast<std::int64_t>(batch.size()) - *added;
  }
  return done;
}

Result<ContactImport> import_contact_csv(const Arguments& arguments, ContactState* state, TimeMs now) {
  const auto kind = kind_option(arguments);
  if (!kind) return kind.error();
  const auto rows = read_rows(arguments, *kind);
  if (!rows) return rows.error();
  if (state == nullptr) return ContactImport{static_cast<std::int64_t>(rows->size()), 0};
  std::vector<ContactEntry> entries;
  for (const Row& row : *rows) entries.push_back(entry_of(*kind, row));
  return record_in_batches(*state, entries, now);
}

}  // namespace tactful::tools
