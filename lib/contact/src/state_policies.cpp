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

}  // namespace

void note_policy(StateDatabase& state, const ContactId& contact, const ContactPolicy& policy,
                 std::string_view fingerprint, const ContactRequest& request) {
  std::string tiers;
  for (const ContactTier& tier : policy.tiers)
    if (tier.matches(request.segments)) tiers += (tiers.empty() ? "" : " ") + tier.key;
  state.query("INSERT INTO decided(contact, policy, tiers) VALUES(?, ?, ?)")
      .bind(contact)
      .bind(policy_row(state, policy, fingerprint))
      .bind(std::string_view(tiers))
      .run();
}

std::map<ContactId, DecidedBy> policies_of_unit(StateDatabase& state, const ContactId& unit) {
  std::map<ContactId, DecidedBy> decided;
  if (state.version() < 2) return decided;
  Query rows = state.query(
      "SELECT decided.contact, policies.key, policies.fingerprint FROM facts JOIN decided ON decided.contact = "
      "facts.event JOIN policies ON policies.id = decided.policy WHERE facts.unit = ? AND facts.kind = 4");
  rows.bind(unit);
  while (rows.step()) decided[rows.id(0)] = {std::string(rows.text(1)), std::string(rows.text(2))};
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

std::vector<PolicyUse> read_policies(StateDatabase& state) {
  std::vector<PolicyUse> uses;
  if (state.version() < 2) return uses;
  Query rows = state.query(
      "SELECT policies.key, policies.fingerprint, policies.rules, count(*), min(facts.at), max(facts.at) FROM policies "
      "JOIN decided ON decided.policy = policies.id JOIN facts ON facts.event = decided.contact AND facts.kind = 4 "
      "GROUP BY policies.id ORDER BY min(facts.at), policies.id");
  while (rows.step()) {
    uses.push_back({std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2)), rows.integer(3),
                    rows.integer(4), rows.integer(5)});
  }
  return uses;
}

}  // namespace tactful
