#pragma once

#include <vector>

#include "tactful/contact/contact_decision.hpp"

namespace tactful {

/// From when a limit no longer binds: the time asked about where it does not. `kNever`: waiting does not help.
inline constexpr TimeMs kNever = INT64_MAX;

/// The limits on how often, each as "the first moment >= time at which it allows the contact". A contact dated after
/// `time` counts as made at it, so no limit has an upper end.
class ContactLimits {
 public:
  ContactLimits(const ContactPolicy& policy, const TimeZone& zone, const ContactRequest& request,
                const UnitFacts& facts, bool is_beyond_caps);

  [[nodiscard]] TimeMs lifetime_cap(TimeMs time) const;
  [[nodiscard]] TimeMs cool_down(TimeMs time) const;
  [[nodiscard]] TimeMs failed_attempts(TimeMs time) const;
  [[nodiscard]] TimeMs caps(TimeMs time) const;
  [[nodiscard]] TimeMs intervals(TimeMs time) const;

 private:
  [[nodiscard]] bool binds(const ContactFilter& filter, bool always) const;
  [[nodiscard]] std::vector<TimeMs> times_newest_first(const ContactFilter& filter) const;
  [[nodiscard]] TimeMs cap(const ContactCap& cap, TimeMs time) const;
  [[nodiscard]] TimeMs after_period(ContactCap::Period period, TimeMs time) const;

  const ContactPolicy& policy_;
  const TimeZone& zone_;
  const ContactRequest& request_;
  const UnitFacts& facts_;
  bool is_beyond_caps_;
  std::vector<const ContactCap*> caps_;
  std::vector<const ContactInterval*> intervals_;
};

}  // namespace tactful
