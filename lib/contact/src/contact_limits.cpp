#include "contact_limits.hpp"

#include <date/date.h>

#include <algorithm>

namespace tactful {
namespace {

// The first local day of the period after the one that `day` is in.
std::int64_t next_period(ContactCap::Period period, std::int64_t day) {
  if (period == ContactCap::Period::kDay) return day + 1;
  if (period == ContactCap::Period::kWeek) return day - weekday_of(day) + 7;
  const date::year_month_day date{date::sys_days(date::days(day))};
  const date::sys_days first = (date.year() / date.month() + date::months(1)) / 1;
  return first.time_since_epoch().count();
}

}  // namespace

ContactLimits::ContactLimits(const ContactPolicy& policy, const TimeZone& zone, const ContactRequest& request,
                             const UnitFacts& facts, bool is_beyond_caps)
    : policy_(policy), zone_(zone), request_(request), facts_(facts), is_beyond_caps_(is_beyond_caps) {
  const auto add = [this](const std::vector<ContactCap>& caps, const std::vector<ContactInterval>& intervals) {
    for (const ContactCap& one : caps)
      if (binds(one.filter, one.always)) caps_.push_back(&one);
    for (const ContactInterval& one : intervals)
      if (binds(one.filter, one.always)) intervals_.push_back(&one);
  };
  add(policy.caps, policy.intervals);
  for (const ContactTier& tier : policy.tiers)
    if (tier.matches(request.segments)) add(tier.caps, tier.intervals);
}

bool ContactLimits::binds(const ContactFilter& filter, bool always) const {
  return (always || !is_beyond_caps_) && filter.matches(request_.channel, request_.purpose);
}

std::vector<TimeMs> ContactLimits::times_newest_first(const ContactFilter& filter) const {
  std::vector<TimeMs> times;
  for (const ContactFact& contact : facts_.contacts)
    if (contact.counts() && filter.matches(contact.channel, contact.purpose)) times.push_back(contact.at);
  std::sort(times.begin(), times.end(), std::greater<>());
  return times;
}

TimeMs ContactLimits::after_period(ContactCap::Period period, TimeMs time) const {
  return zone_.first_moment(next_period(period, zone_.local(time).day), 0);
}

TimeMs ContactLimits::cap(const ContactCap& cap, TimeMs time) const {
  const std::vector<TimeMs> times = times_newest_first(cap.filter);
  const auto most = static_cast<std::size_t>(cap.most);
  if (times.size() < most) return time;
  if (cap.period == ContactCap::Period::kLifetime) return kNever;
  // One more is allowed as soon as the `most`-th newest has left the period.
  const TimeMs decisive = times[most - 1];
  const TimeMs leaves =
      cap.period == ContactCap::Period::kRolling ? decisive + cap.rolling_ms : after_period(cap.period, decisive);
  return std::max(time, leaves);
}

TimeMs ContactLimits::lifetime_cap(TimeMs time) const {
  for (const ContactCap* one : caps_)
    if (one->period == ContactCap::Period::kLifetime && cap(*one, time) == kNever) return kNever;
  return time;
}

TimeMs ContactLimits::caps(TimeMs time) const {
  TimeMs from = time;
  for (const ContactCap* one : caps_)
    if (one->period != ContactCap::Period::kLifetime) from = std::max(from, cap(*one, time));
  return from;
}

TimeMs ContactLimits::intervals(TimeMs time) const {
  TimeMs from = time;
  for (const ContactInterval* one : intervals_) {
    for (const ContactFact& contact : facts_.contacts) {
      if (!contact.counts() || !one->filter.matches(contact.channel, contact.purpose)) continue;
      if (one->after_conversation && contact.outcome != AttemptOutcome::kConversation) continue;
      from = std::max(from, contact.at + one->minimum_ms);
    }
  }
  return from;
}

TimeMs ContactLimits::cool_down(TimeMs time) const {
  TimeMs from = time;
  for (const ComplaintFact& complaint : facts_.complaints) {
    const CoolDown* rule = nullptr;
    for (const CoolDown& one : policy_.cool_downs) {
      if (one.severity == complaint.severity) rule = &one;
      if (one.severity.empty() && rule == nullptr) rule = &one;
    }
    if (rule != nullptr) from = std::max(from, complaint.at + rule->hold_ms);
  }
  return from;
}

TimeMs ContactLimits::failed_attempts(TimeMs time) const {
  if (!policy_.failed_attempts) return time;
  const FailedAttempts& rule = *policy_.failed_attempts;
  if (!rule.filter.matches(request_.channel, request_.purpose)) return time;
  std::vector<TimeMs> failures;
  TimeMs reached = INT64_MIN;
  for (const ContactFact& contact : facts_.contacts) {
    if (!contact.outcome || !rule.filter.matches(contact.channel, contact.purpose)) continue;
    if (*contact.outcome == AttemptOutcome::kFailed) {
      failures.push_back(contact.at);
    } else {
      reached = std::max(reached, contact.at);
    }
  }
  std::erase_if(failures, [&](TimeMs at) { return at < reached; });
  std::sort(failures.begin(), failures.end());
  TimeMs from = time;
  const auto most = static_cast<std::size_t>(rule.most);
  for (std::size_t last = most - 1; last < failures.size(); ++last) {
    if (failures[last] - failures[last + 1 - most] < rule.within_ms)
      from = std::max(from, failures[last] + rule.hold_ms);
  }
  return from;
}

}  // namespace tactful
