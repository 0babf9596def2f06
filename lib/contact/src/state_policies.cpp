#include "state_policies.hpp"

#include <algorithm>

namespace tactful {
namespace {

std::int64_t policy_row(StateDatabase& state, const ContactPolicy& policy, std::string_view fingerprint) {
  const auto known = [&]() -> std::int64_t {
    Query row = state.query("SELECT id FROM policies WHERE fingerprint = ?");
    return row.bind(fingerprint).step() ? row.integer(0) : 0;
  };
  if (const std::int64_t id = known(); id != 0) return id;
  const std::string rules = to_json(policy).canonical();
  state.query("INSERT INTO policies(fingerprint, key, rules) VALUES(?, ?, ?)")
      .bind(fingerprint)
      .bind(std::string_view(policy.key))
      .bind(std::string_view(rules))
      .run();
  return known();
}

// Keys hold no blank.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

bool contains(const std::vector<std::string_view>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A value of the tier's that brings in no tier beside those that bound the contact; the customer's own was one.
std::optional<std::string_view> value_for(const ContactPolicy& policy, const ContactTier& tier,
                                          const std::vector<std::string_view>& bound) {
  for (const std::string& value : tier.values) {
    const std::pair<std::string_view, std::string_view> segment[] = {{tier.segment, value}};
    const bool is_alone = std::all_of(policy.tiers.begin(), policy.tiers.end(), [&](const ContactTier& other) {
      return !other.matches(segment) || contains(bound, other.key);
    });
    if (is_alone) return value;
  }
  return std::nullopt;
}

// One batch of `decided` with the contacts' times, which are null where the contact is gone.
template <typename Act>
bool read_decided(StateDatabase& state, ContactId& last, const Act& act) {
  if (state.version() < 2) return false;
  const ContactId after = last;
  Query rows = state.query(
      "SELECT decided.contact, decided.policy, facts.at FROM decided LEFT JOIN facts ON facts.event = decided.contact "
      "AND facts.kind = 4 WHERE decided.contact > ? ORDER BY decided.contact LIMIT 1000");
  rows.bind(after);
  bool has_more = false;
  for (; rows.step(); has_more = true) {
    last = rows.id(0);
    act(rows);
  }
  return has_more;
}

}  // namespace

void note_policy(StateDatabase& state, const ContactId& contact, const ContactPolicy& policy,
                 std::string_view fingerprint, const ContactRequest& request) {
  std::string tiers;
  for (const ContactTier& tier : policy.tiers)
    if (tier.matches(request.segments)) tiers += (tiers.empty() ? "" : " ") + tier.key;
  // Replaced: a release that does not know the table may have removed the contact and left its row.
  state.query("INSERT OR REPLACE INTO decided(contact, policy, tiers) VALUES(?, ?, ?)")
      .bind(contact)
      .bind(policy_row(state, policy, fingerprint))
      .bind(std::string_view(tiers))
      .run();
}

std::map<ContactId, DecidedBy> policies_of_unit(StateDatabase& state, const ContactId& unit) {
  std::map<ContactId, DecidedBy> decided;
  if (state.version() < 2) return decided;
  Query rows = state.query(
      "SELECT decided.contact, policies.key, policies.fingerprint, decided.tiers FROM facts JOIN decided ON "
      "decided.contact = "
      "facts.event JOIN policies ON policies.id = decided.policy WHERE facts.unit = ? AND facts.kind = 4");
  rows.bind(unit);
  while (rows.step()) {
    std::vector<std::string> tiers;
    for (const std::string_view tier : words_of(rows.text(3))) tiers.emplace_back(tier);
    decided[rows.id(0)] = {std::string(rows.text(1)), std::string(rows.text(2)), std::move(tiers)};
  }
  return decided;
}

std::vector<std::pair<std::string_view, std::string_view>> segments_of(StateDatabase& state, const ContactId& contact,
                                                                       const ContactPolicy& policy) {
  std::vector<std::pair<std::string_view, std::string_view>> segments;
  if (state.version() < 2 || policy.tiers.empty()) return segments;
  Query row = state.query("SELECT tiers FROM decided WHERE contact = ?");
  if (!row.bind(contact).step()) return segments;
  const std::vector<std::string_view> bound = words_of(row.text(0));
  for (const ContactTier& tier : policy.tiers) {
    if (!contains(bound, tier.key) || tier.values.empty()) continue;
    segments.emplace_back(tier.segment, value_for(policy, tier, bound).value_or(tier.values.front()));
  }
  return segments;
}

bool next_orphans(StateDatabase& state, ContactId& last, std::vector<ContactId>& orphans) {
  return read_decided(state, last, [&](const Query& row) {
    if (row.is_null(2)) orphans.push_back(last);
  });
}

void remove_orphan(StateDatabase& state, const ContactId& contact) {
  // Asked again: a message may have been reserved meanwhile.
  state
      .query("DELETE FROM decided WHERE contact = ?1 AND NOT EXISTS(SELECT 1 FROM facts WHERE event = ?1 AND kind = 4)")
      .bind(contact)
      .run();
}

bool add_policy_uses(StateDatabase& state, ContactId& last, std::map<std::int64_t, PolicyUse>& uses) {
  return read_decided(state, last, [&](const Query& row) {
    if (row.is_null(2)) return;
    const TimeMs at = row.integer(2);
    const auto [use, is_new] = uses.try_emplace(row.integer(1));
    PolicyUse& one = use->second;
    one.first_at = is_new ? at : std::min(one.first_at, at);
    one.last_at = is_new ? at : std::max(one.last_at, at);
    ++one.contacts;
  });
}

void name_policies(StateDatabase& state, std::map<std::int64_t, PolicyUse>& uses) {
  if (state.version() < 2) return;
  Query rows = state.query("SELECT id, key, fingerprint, rules FROM policies");
  while (rows.step()) {
    const auto use = uses.find(rows.integer(0));
    if (use == uses.end()) continue;
    use->second.key = rows.text(1);
    use->second.fingerprint = rows.text(2);
    use->second.rules = rows.text(3);
  }
}

}  // namespace tactful
