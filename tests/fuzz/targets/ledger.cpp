// The ledger file: bytes as they are; and entries that are appended through the interface, so that the chain holds and
// what lies behind it (the lifecycle) is reached. The second part of the input, after a line "%%", is such entries.
#include "tactful/experiment/ledger.hpp"
#include "fuzz_file.hpp"
#include "fuzz_target.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful {
namespace {

const Experiment& experiment() {
  static const Experiment read = [] {
    const auto file = read_experiment(TACTFUL_SOURCE_DIR "/experiments/payment-reminder.json");
    return file.value().experiment.value();
  }();
  return read;
}

LedgerEntry entry_of(const Json& json) {
  const auto text = [&json](std::string_view name) {
    const Json* found = json.find(name);
    return found != nullptr && found->is_string() ? found->as_string() : std::string();
  };
  LedgerEntry entry;
  entry.by = text("by");
  entry.role = text("role");
  entry.experiment = experiment().key;
  entry.fingerprint = fingerprint(experiment());
  if (const Json* at = json.find("at"); at != nullptr && at->is_integer()) entry.at = at->as_integer();
  for (int action = 0; action <= static_cast<int>(LedgerAction::kOverride); ++action) {
    if (to_string(static_cast<LedgerAction>(action)) == text("action"))
      entry.action = static_cast<LedgerAction>(action);
  }
  const Json* body = json.find("body");
  entry.body = body == nullptr ? Json::object() : *body;
  return entry;
}

void append_lines(std::string_view lines, const std::filesystem::path& file) {
  std::vector<LedgerEntry> kept;
  while (!lines.empty() && kept.size() < 20) {
    const std::size_t end = lines.find('\n');
    const auto json = parse_json(lines.substr(0, end));
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    if (!json) continue;
    const auto appended = Ledger::append(file, entry_of(*json));
    if (appended) kept.push_back(*appended);
  }
  const auto ledger = Ledger::read(file);
  fuzz::require(ledger.has_value() && ledger->entries() == kept, "what was appended reads back equal");
  const auto lifecycle = lifecycle_of(experiment(), *ledger);
  fuzz::require(!lifecycle || lifecycle->state != Lifecycle::State::kPromoted ||
                    experiment().variant_index(lifecycle->variant).has_value(),
                "what is promoted is a variant");
}

}  // namespace
}  // namespace tactful

TACTFUL_FUZZ_TARGET(ledger) {
  using namespace tactful;
  const auto [bytes, lines] = fuzz::split(input);
  const fuzz::MemoryFile as_it_is(bytes);
  if (const auto ledger = Ledger::read(as_it_is.path())) {
    fuzz::require(ledger->torn_bytes() <= bytes.size(), "a torn tail is part of the file");
    (void)lifecycle_of(experiment(), *ledger);
  }
  if (!lines.empty()) append_lines(lines, fuzz::fresh_folder() / "payment-reminder.ledger.jsonl");
}
