#include "calc_input.hpp"
#include "tactful/stats/follow_up.hpp"

namespace tactful::stats::calc {
namespace {

constexpr FieldInfo kTwoArms[] = {{"events_c", FieldKind::kCounts},       {"censored_c", FieldKind::kCounts},
                                  {"events_t", FieldKind::kCounts},       {"censored_t", FieldKind::kCounts},
                                  {"horizon", FieldKind::kPositiveCount}, {"conf", FieldKind::kLevel}};
constexpr FieldInfo kOneArm[] = {{"events", FieldKind::kCounts},
                                 {"competing", FieldKind::kCounts},
                                 {"censored", FieldKind::kCounts},
                                 {"horizon", FieldKind::kCount},
                                 {"conf", FieldKind::kLevel}};

Result<Json> rmst(const Input& in) {
  const auto control = FollowUp::make(in.counts("events_c"), in.counts("censored_c"));
  if (!control) return control.error();
  const auto treatment = FollowUp::make(in.counts("events_t"), in.counts("censored_t"));
  if (!treatment) return treatment.error();
  const auto result = restricted_mean_test(*control, *treatment, in.count("horizon"), in.level("conf"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("rmst_c", number(result->control.mean)).set("se_c", number(std::sqrt(result->control.variance)));
  out.set("rmst_t", number(result->treatment.mean)).set("se_t", number(std::sqrt(result->treatment.variance)));
  out.set("survival_c", number(result->control.survival)).set("survival_t", number(result->treatment.survival));
  out.set("diff", number(result->test.estimate)).set("se", number(result->test.se)).set("z", number(result->test.z));
  return out.set("p_two_sided", number(result->test.p.two_sided)).set("ci", list(result->interval));
}

Result<Json> incidence(const Input& in) {
  const auto arm = FollowUp::make(in.counts("events"), in.counts("censored"), in.counts("competing"));
  if (!arm) return arm.error();
  const auto result = cumulative_incidence(*arm, in.count("horizon"), in.level("conf"));
  if (!result) return result.error();
  Json out = Json::object();
  out.set("incidence", number(result->event.value)).set("se", number(std::sqrt(result->event.variance)));
  out.set("ci", list(result->event.interval)).set("incidence_competing", number(result->competing.value));
  out.set("se_competing", number(std::sqrt(result->competing.variance)));
  return out.set("event_free", number(result->event_free)).set("by_day", list(result->by_day));
}

constexpr Method kMethods[] = {
    {{"rmst_difference", "How much longer does it take until the first event, up to a horizon?", kTwoArms,
      "rmst_c se_c rmst_t se_t survival_c survival_t diff se z p_two_sided ci",
      "Kaplan & Meier 1958; Greenwood 1926; Royston & Parmar 2013"},
     rmst},
    {{"cumulative_incidence", "How many have had the event by a day, when another can come first?", kOneArm,
      "incidence se ci incidence_competing se_competing event_free by_day",
      "Aalen & Johansen 1978; Marubini & Valsecchi 1995"},
     incidence}};

}  // namespace

std::span<const Method> follow_up_methods() { return kMethods; }

}  // namespace tactful::stats::calc
