#include "ledger_print.hpp"

namespace tactful::tools {

Json entry_to_json(const LedgerEntry& entry) {
  Json object = Json::object();
  object.set("sequence", entry.sequence).set("at", format_time(entry.at)).set("by", entry.by).set("role", entry.role);
  object.set("action", to_string(entry.action))
      .set("experiment", entry.experiment)
      .set("fingerprint", entry.fingerprint);
  object.set("body", entry.body).set("previous", entry.previous).set("hash", entry.hash);
  return object;
}

std::string entry_line(const LedgerEntry& entry, Language language) {
  const std::string number = std::to_string(entry.sequence);
  return say(language, "ledger entry " + number + ", head " + entry.hash,
             "账本第 " + number + " 条，链头 " + entry.hash);
}

void print_entry(Console& console, const LedgerEntry& entry, const std::string& says, Language language) {
  if (console.format == Format::kJson) {
    console.out.line(entry_to_json(entry).dump(2));
    return;
  }
  console.out.line(says);
  console.out.line(entry_line(entry, language));
}

void print_would(Console& console, const std::string& what, const std::string& experiment, const std::string& says) {
  if (console.format == Format::kJson) {
    console.out.line(Json::object().set(what, true).set("experiment", experiment).dump(2));
    return;
  }
  console.out.line(says);
}

PositionalSpec experiment_spec() { return {"EXPERIMENT", "The experiment file; the ledger lies beside it."}; }
OptionSpec by_spec() { return {"--by", "NAME", "Who acts; written down as declared, not authenticated.", true}; }
OptionSpec role_spec() { return {"--role", "R", "In which role."}; }
OptionSpec dry_run_spec() { return {"--dry-run", "", "Say what would happen, change nothing."}; }

}  // namespace tactful::tools
