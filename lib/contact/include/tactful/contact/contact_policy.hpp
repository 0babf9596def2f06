#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tactful/contact/contact_hours.hpp"
#include "tactful/contact/ticket_states.hpp"
#include "tactful/core/diagnostic.hpp"
#include "tactful/core/json.hpp"
#include "tactful/core/result.hpp"

namespace tactful {

/// What a contact needs before it may be made for a purpose.
enum class ConsentBasis {
  kOptIn,   ///< The customer's consent, given before and in force.
  kOptOut,  ///< Nothing, unless the customer has objected.
};

/// Which contacts a limit counts and binds. Empty lists: all.
struct ContactFilter {
  std::vector<std::string> channels;
  std::vector<std::string> purposes;
  bool operator==(const ContactFilter&) const = default;
  [[nodiscard]] bool matches(std::string_view channel, std::string_view purpose) const noexcept;
};

/// At most so many contacts in a period.
struct ContactCap {
  enum class Period {
    kDay,
    kWeek,
    kMonth,
    kRolling,
    kLifetime
  };  ///< Calendar periods by the customer's zone; weeks from Monday.
  Period period = Period::kDay;
  TimeMs rolling_ms = 0;  ///< Length for kRolling: contacts in (now - length, now] count.
  std::int64_t most = 1;  ///< 0 to 100,000.
  ContactFilter filter;
  bool always = false;  ///< Holds for the priority list too.
  bool operator==(const ContactCap&) const = default;
};

/// At least so much time since the last contact.
struct ContactInterval {
  TimeMs minimum_ms = 0;
  bool after_conversation = false;  ///< Counted from the last contact that became a conversation, not from any.
  ContactFilter filter;
  bool always = false;  ///< Holds for the priority list too.
  bool operator==(const ContactInterval&) const = default;
};

/// Tighter limits for a segment; they hold beside the policy's own, so the stricter one binds.
struct ContactTier {
  std::string key;
  std::string segment;              ///< Name of the attribute.
  std::vector<std::string> values;  ///< Any of them.
  std::vector<ContactCap> caps;
  std::vector<ContactInterval> intervals;
  bool operator==(const ContactTier&) const = default;
  /// Whether one of a customer's segments (name, value) is in it.
  [[nodiscard]] bool matches(std::span<const std::pair<std::string_view, std::string_view>> segments) const noexcept;
};

/// After `most` failed attempts within `within_ms`, nothing for `hold_ms` after the last of them. An attempt that
/// reached the customer starts the count anew.
struct FailedAttempts {
  std::int64_t most = 0;
  TimeMs within_ms = 0;
  TimeMs hold_ms = 0;
  ContactFilter filter;
  bool operator==(const FailedAttempts&) const = default;
};

/// How long nothing is sent after a complaint, by its severity.
struct CoolDown {
  std::string severity;  ///< Key; empty: every severity not named.
  TimeMs hold_ms = 0;
  bool operator==(const CoolDown&) const = default;
};

/// What being on the priority list means. Consent, do-not-contact, quiet hours and cool-downs hold in any case.
enum class PriorityBehaviour {
  kFirst,       ///< Listed first where work is listed; nothing else changes.
  kPerson,      ///< No automatic contact: a person decides.
  kBeyondCaps,  ///< Caps and intervals do not bind, but for those marked `always`.
};

/// One step after a deadline without response.
struct LadderStep {
  enum class Action { kRemind, kEscalate };
  std::string key;
  Action action = Action::kRemind;
  TimeMs after_ms = 0;     ///< Since the deadline; ascending over steps.
  std::string experiment;  ///< Of a reminder: whose wording it is; empty: the same experiment again.
  std::string to;          ///< Of an escalation: accountable (default), responsible, consulted or informed.
  TimeMs within_ms = 0;    ///< Of an escalation: overdue when not taken up so long after it was due.
  bool operator==(const LadderStep&) const = default;
};

/// Deadline without response -> second reminder -> escalation. It never overrides a rule of contact.
struct FollowUpLadder {
  TimeMs respond_within_ms = 0;   ///< Deadline after a contact that names none itself.
  std::vector<LadderStep> steps;  ///< Empty: no ladder.
  bool operator==(const FollowUpLadder&) const = default;
};

/// Whether and when a customer may be contacted: `contact/<key>.json` as values. Immutable once parsed.
/// docs/spec/contact.md says what each field means and in which order rules decide.
struct ContactPolicy {
  std::string key, title, region;
  std::vector<std::string> sources;  ///< Where regulatory rules come from: law, article, address.
  std::string time_zone;             ///< IANA name for customers without a zone of their own; empty: `fixed_offset`.
  UtcOffset fixed_offset;            ///< Where a zone cannot be found.
  ContactHours hours;
  ConsentBasis consent = ConsentBasis::kOptIn;  ///< For purposes not named.
  std::vector<std::pair<std::string, ConsentBasis>> consent_by_purpose;
  std::vector<ContactCap> caps;
  std::vector<ContactInterval> intervals;
  std::vector<ContactTier> tiers;  ///< Every tier that matches binds.
  std::optional<FailedAttempts> failed_attempts;
  std::int64_t add_ons = 1;  ///< Offers beside the reminder itself, per contact: 0 or 1.
  std::vector<CoolDown> cool_downs;
  PriorityBehaviour priority = PriorityBehaviour::kFirst;
  TicketStates tickets;
  FollowUpLadder ladder;

  bool operator==(const ContactPolicy&) const = default;
  [[nodiscard]] ConsentBasis basis_of(std::string_view purpose) const noexcept;
};

/// A policy file as read: the policy where there is no error, and every finding either way.
struct ContactPolicyFile {
  std::optional<ContactPolicy> policy;
  Diagnostics diagnostics;
};

/// Reads a policy from JSON text and checks it; text that is not JSON becomes one diagnostic.
[[nodiscard]] ContactPolicyFile parse_contact_policy(std::string_view text, std::string_view origin = "contact policy");
/// Reads `path`; the file must be named `<key>.json`. Errors: kNotFound, kStorage. Findings are in the value.
[[nodiscard]] Result<ContactPolicyFile> read_contact_policy(const std::filesystem::path& path);
/// The policy as JSON, complete, so that parse_contact_policy(to_json(p).dump()) gives an equal policy.
[[nodiscard]] Json to_json(const ContactPolicy& policy);
/// 32 hex digits of BLAKE2b over the canonical JSON without title and sources.
[[nodiscard]] std::string fingerprint(const ContactPolicy& policy);

}  // namespace tactful
