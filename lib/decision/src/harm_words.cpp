#include "harm_watch.hpp"
#include "tactful/core/phrases.hpp"
#include "words.hpp"

namespace tactful {
namespace {

std::string date(const Scorecard& card, TimeMs at) { return format_date(at, card.utc_offset); }

std::string seen(const HarmWatch& watch) {
  return watch.variant + " has " + grouped(watch.treatment) + ", control " + grouped(watch.control);
}

std::string alarm_words(const HarmWatch& watch, const Scorecard& card) {
  const std::string when = watch.alarm_at ? "the review of " + date(card, *watch.alarm_at) : "an earlier review";
  const std::string what = watch.counts ? "; so far " + seen(watch) : "";
  switch (watch.alarm) {
    case HarmAlarm::kPlanned:
      return "harm shown at the look of " + date(card, watch.alarm_at.value_or(card.as_of)) + what;
    case HarmAlarm::kUnplanned:
      return "harm shown on " + date(card, watch.alarm_at.value_or(card.as_of)) +
             " by evidence that holds at any moment" + what;
    default:
      return "harm was shown in " + when + " and stands, whatever later data say" + what;
  }
}

/// "stop if b has 9 or more while control stays at 4".
std::string condition(const HarmWatch& watch, std::int64_t bound) {
  const bool control = watch.fewer_is_worse;
  return "stop if " + (control ? "control" : watch.variant) + " has " + grouped(bound) + " or more while " +
         (control ? watch.variant : "control") + " stays at " + grouped(control ? watch.treatment : watch.control);
}

std::string count_words(const HarmWatch& watch, const Scorecard& card) {
  std::string text;
  const std::int64_t events = watch.control + watch.treatment;
  if (watch.minimum_events && events < *watch.minimum_events) {
    text = "under " + counted(*watch.minimum_events, "event", "events") + ": no verdict possible; ";
  }
  if (watch.next_look) {
    const std::string when = "at the review of " + date(card, *watch.next_look) + ": ";
    if (watch.next_bound) return text + when + condition(watch, *watch.next_bound);
    return text + when + "no number of events could stop";
  }
  text += "no harm shown by the last look";
  if (watch.bound)
    text += "; " + grouped(*watch.bound) + " of these events in " + (watch.fewer_is_worse ? "control" : watch.variant) +
            " would have stopped";
  return text;
}

}  // namespace

std::string reading_of(const HarmWatch& watch, const Scorecard& card) {
  if (watch.alarm != HarmAlarm::kNone) return alarm_words(watch, card);
  if (!watch.unavailable.empty()) return "";
  if (watch.within_margin) return "worse than control, and shown to be within the declared margin";
  if (watch.exact) return count_words(watch, card);
  if (watch.p_value && watch.bound_p) {
    return "no harm shown: p " + p_text(*watch.p_value) + ", it must reach " + p_text(*watch.bound_p) + " at this look";
  }
  return watch.next_look ? "no harm shown; tested next at the review of " + date(card, *watch.next_look)
                         : "no harm shown";
}

}  // namespace tactful
