#include "contact_import.hpp"

#include <algorithm>

#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"
#include "tactful/store/csv.hpp"

namespace tactful::tools {
namespace {

enum class Kind { kDoNotContact, kPriority, kConsent };

struct Row {
  std::string unit, channel, purpose, event_id;
  bool is_on = true;  // of consent: an opt-in
  TimeMs at = 0;
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

  Result<Row> read(const CsvReader& reader, std::span<const std::string_view> fields, Kind kind, TimeMs now) const {
    Row row;
    row.unit = trim(field(fields, "unit"));
    if (row.unit.empty()) return reader.error_at(at_.at("unit"), "the customer's id is missing");
    row.event_id = trim(field(fields, "event_id"));
    for (const auto& [name, to] :
         {std::pair<const char*, std::string*>{"channel", &row.channel}, {"purpose", &row.purpose}}) {
      *to = trim(field(fields, name));
      if (!to->empty() && !is_key(*to)) return reader.error_at(at_.at(name), "\"" + printable(*to) + "\" is no key");
    }
    const std::string_view when = trim(field(fields, "at"));
    row.at = now;
    if (!when.empty()) {
      const auto time = parse_time(when, UtcOffset{});
      if (!time) return reader.error_at(at_.at("at"), time.error().message, time.error().hint);
      if (*time < kEarliestContact || *time > kLatestContact)
        return reader.error_at(at_.at("at"), "the time is outside the years 1970 to 9000");
      row.at = *time;
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
    return row;
  }

 private:
  [[nodiscard]] std::string_view field(std::span<const std::string_view> fields, const std::string& name) const {
    const auto found = at_.find(name);
    return found == at_.end() ? std::string_view() : fields[found->second];
  }
  std::map<std::string, std::size_t> at_;
};

Result<std::vector<Row>> read_rows(const Arguments& arguments, Kind kind, TimeMs now) {
  const auto file = arguments.text("--file");
  if (!file) return Error{ErrorCode::kInvalidArgument, "an import needs a file", "--file", "--file list.csv"};
  const auto encoding = encoding_option(arguments);
  if (!encoding) return encoding.error();
  const auto reader = CsvReader::open(*file, *encoding);
  if (!reader) return reader.error();
  const auto columns = Columns::find(**reader, kind, *file);
  if (!columns) return columns.error();
  std::vector<Row> rows;
  while (true) {
    const auto fields = (*reader)->next();
    if (!fields) return fields.error();
    if (fields->empty()) return rows;
    auto row = columns->read(**reader, *fields, kind, now);
    if (!row) return row.error();
    rows.push_back(std::move(row).value());
  }
}

Result<Recorded> record(ContactState& state, Kind kind, const Row& row) {
  if (kind == Kind::kConsent) {
    return state.record_consent(row.unit, row.is_on ? ConsentKind::kOptIn : ConsentKind::kOptOut, row.purpose,
                                row.channel, row.at, row.event_id);
  }
  return state.record_list(row.unit, kind == Kind::kPriority ? ContactList::kPriority : ContactList::kDoNotContact,
                           row.is_on, row.channel, row.at, row.event_id);
}

}  // namespace

Result<ContactImport> import_contact_csv(const Arguments& arguments, ContactState& state, TimeMs now) {
  const auto kind = kind_option(arguments);
  if (!kind) return kind.error();
  const auto rows = read_rows(arguments, *kind, now);
  if (!rows) return rows.error();
  ContactImport done;
  for (const Row& row : *rows) {
    if (arguments.has("--dry-run")) {
      ++done.added;
      continue;
    }
    const auto recorded = record(state, *kind, row);
    if (!recorded) return recorded.error();
    (*recorded == Recorded::kNew ? done.added : done.known) += 1;
  }
  return done;
}

}  // namespace tactful::tools
