#include "ledger_line.hpp"

#include <array>

#include "digest.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

constexpr std::size_t kHashBytes = 32;
constexpr std::array kActions{LedgerAction::kApprove, LedgerAction::kReview, LedgerAction::kPromote,
                              LedgerAction::kStop,    LedgerAction::kDemote, LedgerAction::kOverride};

Error broken(std::string message, std::string hint = {}) {
  return {ErrorCode::kInvalidExperiment, std::move(message), "", std::move(hint)};
}

Json without_hash(const LedgerEntry& entry) {
  return Json::object()
      .set("sequence", entry.sequence)
      .set("at", format_time(entry.at))
      .set("by", entry.by)
      .set("role", entry.role)
      .set("action", to_string(entry.action))
      .set("experiment", entry.experiment)
      .set("fingerprint", entry.fingerprint)
      .set("body", entry.body)
      .set("previous", entry.previous);
}

// The fields as they stand; whether they are the right ones is for verify_line().
Result<LedgerEntry> read_fields(const Json& json) {
  if (!json.is_object()) return broken("the entry is no JSON object");
  for (const std::string_view name : {"at", "by", "role", "action", "experiment", "fingerprint", "previous", "hash"}) {
    const Json* field = json.find(name);
    if (field == nullptr || !field->is_string())
      return broken("the text field \"" + std::string(name) + "\" is missing");
  }
  const Json* sequence = json.find("sequence");
  const Json* body = json.find("body");
  if (sequence == nullptr || !sequence->is_integer()) return broken("the whole number \"sequence\" is missing");
  if (body == nullptr || !body->is_object()) return broken("the object \"body\" is missing");
  if (json.as_object().size() != 10) return broken("the entry has a field that no release knows");
  const auto text = [&](std::string_view name) { return json.find(name)->as_string(); };
  const auto at = parse_time(text("at"));
  if (!at) return broken(at.error().message);
  LedgerEntry entry{
      sequence->as_integer(), *at,   text("by"),       text("role"), LedgerAction::kReview, text("experiment"),
      text("fingerprint"),    *body, text("previous"), text("hash")};
  for (const LedgerAction action : kActions) {
    if (text("action") != to_string(action)) continue;
    entry.action = action;
    return entry;
  }
  return broken("\"" + printable(text("action")) + "\" is no action that this release knows",
                "a newer release may have written it");
}

}  // namespace

std::string_view to_string(LedgerAction action) noexcept {
  switch (action) {
    case LedgerAction::kApprove:
      return "approve";
    case LedgerAction::kReview:
      return "review";
    case LedgerAction::kPromote:
      return "promote";
    case LedgerAction::kStop:
      return "stop";
    case LedgerAction::kDemote:
      return "demote";
    case LedgerAction::kOverride:
      return "override";
  }
  return "review";
}

std::string no_hash() { return std::string(2 * kHashBytes, '0'); }

std::string hash_of(const LedgerEntry& entry) { return blake2b_hex(without_hash(entry).canonical(), kHashBytes); }

std::string to_line(const LedgerEntry& entry) { return without_hash(entry).set("hash", entry.hash).dump(); }

Result<LedgerEntry> verify_line(std::string_view line, std::int64_t sequence, std::string_view previous) {
  constexpr std::string_view kHint =
      "an entry was edited, inserted or removed; compare with a copy of the file or the head hash printed by a review";
  const auto json = parse_json(line, "entry");
  if (!json) return broken("the line is no JSON: " + json.error().message, std::string(kHint));
  const auto entry = read_fields(*json);
  if (!entry) return entry.error();
  if (entry->sequence != sequence) {
    return broken("the entry has the number " + std::to_string(entry->sequence) + " where " + std::to_string(sequence) +
                      " is due",
                  std::string(kHint));
  }
  if (entry->previous != previous) return broken("the entry does not continue the one before it", std::string(kHint));
  if (entry->hash != hash_of(*entry)) return broken("the entry's hash is not that of its content", std::string(kHint));
  // The hash is of values. An edit that means the same (blanks, a digit past a number's precision) is an edit too.
  if (to_line(*entry) != line) return broken("the line is not as it was written", std::string(kHint));
  return entry;
}

Result<LedgerText> verify_text(std::string_view text, const std::filesystem::path& path) {
  LedgerText result;
  std::string previous = no_hash();
  while (result.whole_bytes < text.size()) {
    const std::string_view rest = text.substr(result.whole_bytes);
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    auto entry = verify_line(line, static_cast<std::int64_t>(result.entries.size()) + 1, previous);
    if (!entry && end == std::string_view::npos) {
      // An append is acknowledged only after its line feed is on disk: this one never was.
      result.torn_bytes = rest.size();
      return result;
    }
    if (!entry) {
      Error error = entry.error();
      error.where = path.string() + ":" + std::to_string(result.entries.size() + 1);
      return error;
    }
    previous = entry->hash;
    result.entries.push_back(std::move(entry).value());
    result.ends_with_newline = end != std::string_view::npos;
    result.whole_bytes += line.size() + (result.ends_with_newline ? 1 : 0);
  }
  return result;
}

}  // namespace tactful
