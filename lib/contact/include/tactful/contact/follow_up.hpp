#pragma once

#include <string>
#include <vector>

#include "tactful/contact/contact_decision.hpp"

namespace tactful {

/// A contact that awaits the customer's response under a ladder.
struct AwaitingResponse {
  ContactId contact;
  ContactId unit;
  ContactId ticket;  ///< None without a ticket.
  TimeMs contacted_at = 0;
  TimeMs deadline = 0;
  std::string policy;      ///< Key of the policy whose ladder it is.
  std::string experiment;  ///< May be empty.
  std::string reminder, channel, purpose, zone,
      ticket_state;               ///< Of the request, for the decision about the next step.
  std::vector<std::string> done;  ///< Keys of the steps that were taken.
  bool operator==(const AwaitingResponse&) const = default;
};

/// One step that is due: what to do, for whom, and why.
struct DueStep {
  AwaitingResponse awaiting;
  LadderStep step;
  TimeMs due_at = 0;        ///< Deadline plus the step's `after`.
  bool is_overdue = false;  ///< An escalation that was not taken up within its time.
  bool is_priority = false;
  ContactDecision decision;  ///< Of a reminder: whether it may be sent now; the ladder overrides nothing.
  std::string why;           ///< In words: "no response for 2 days after the deadline of 2026-05-14T09:00:00.000Z".
};

/// The steps of the ladder that are due at `now`, in order: each whose time has come and that was not taken, up to the
/// first that can be acted on. A reminder that may not be sent now stays listed and does not keep an escalation
/// waiting; a later reminder does wait for an earlier one.
[[nodiscard]] std::vector<const LadderStep*> due_steps(const FollowUpLadder& ladder, const AwaitingResponse& awaiting,
                                                       TimeMs now, bool reminder_is_allowed);

}  // namespace tactful
