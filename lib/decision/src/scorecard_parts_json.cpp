#include "scorecard_parts_json.hpp"

#include <cmath>

namespace tactful {
namespace {

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json time_or_null(const Scorecard& card, const std::optional<TimeMs>& time) {
  return time ? Json(format_time(*time, card.utc_offset)) : Json();
}

Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json watch_json(const Scorecard& card, const HarmWatch& watch) {
  Json json = Json::object();
  json.set("metric", watch.metric).set("variant", watch.variant).set("alarm", to_string(watch.alarm));
  json.set("alarm_at", time_or_null(card, watch.alarm_at));
  if (!watch.unavailable.empty()) return std::move(json.set("unavailable", watch.unavailable));
  json.set("method", watch.method).set("level", watch.level).set("spent", watch.spent);
  if (watch.counts) {
    json.set("events", Json::object().set("control", watch.control).set("treatment", watch.treatment));
    json.set("fewer_is_worse", watch.fewer_is_worse);
  }
  if (watch.exact) {
    json.set("bound", or_null(watch.bound)).set("next_bound", or_null(watch.next_bound));
    json.set("minimum_events", or_null(watch.minimum_events));
  } else {
    json.set("p_value", or_null(watch.p_value)).set("bound_p", or_null(watch.bound_p));
  }
  json.set("next_look", time_or_null(card, watch.next_look));
  json.set("log_e", finite(watch.log_e)).set("log_e_needed", watch.log_e_needed);
  json.set("within_margin", watch.within_margin).set("reading", watch.reading);
  return json;
}

Json band_json(const TimeCourse::Band& band) {
  return Json::object()
      .set("first", band.first)
      .set("last", band.last)
      .set("events", Json::object().set("control", band.control_events).set("treatment", band.treatment_events))
      .set("at_risk", Json::object().set("control", band.control_at_risk).set("treatment", band.treatment_at_risk))
      .set("ratio", or_null(band.ratio));
}

}  // namespace

Json to_json(const EffectInterval& effect) {
  return Json::object()
      .set("estimate", finite(effect.estimate))
      .set("low", finite(effect.low))
      .set("high", finite(effect.high))
      .set("level", effect.level);
}

Json looks_json(const Scorecard& card) {
  Json list = Json::array();
  for (const ScorecardLook& look : card.looks) {
    list.push_back(Json::object()
                       .set("look", look.planned)
                       .set("date", format_time(look.date, card.utc_offset))
                       .set("taken", time_or_null(card, look.taken)));
  }
  return list;
}

Json harm_json(const Scorecard& card) {
  Json list = Json::array();
  for (const HarmWatch& watch : card.harm) list.push_back(watch_json(card, watch));
  return list;
}

Json score_json(const Scorecard& card) {
  Json list = Json::array();
  for (const ScoreResult& score : card.score) {
    Json json = Json::object().set("variant", score.variant);
    if (!score.unavailable.empty()) {
      json.set("unavailable", score.unavailable);
    } else {
      json.set("value", score.value).set("low", score.low).set("high", score.high).set("level", score.level);
    }
    list.push_back(std::move(json));
  }
  return list;
}

Json winner_json(const Scorecard& card) {
  if (!card.winner) return Json();
  return Json::object()
      .set("metric", card.winner->metric)
      .set("variant", card.winner->variant)
      .set("estimate", to_json(card.winner->estimate))
      .set("raw", to_json(card.winner->raw))
      .set("method", card.winner->method);
}

Json time_course_json(const Scorecard& card) {
  Json list = Json::array();
  for (const TimeCourse& course : card.time_course) {
    Json bands = Json::array();
    for (const TimeCourse::Band& band : course.bands) bands.push_back(band_json(band));
    list.push_back(Json::object()
                       .set("metric", course.metric)
                       .set("variant", course.variant)
                       .set("by", course.by)
                       .set("bands", std::move(bands))
                       .set("p_constant", or_null(course.p_constant)));
  }
  return list;
}

Json segment_effects_json(const Scorecard& card) {
  Json list = Json::array();
  for (const SegmentEffects& effects : card.segment_effects) {
    Json json = Json::object().set("segment", effects.segment);
    json.set("metric", effects.metric).set("variant", effects.variant);
    if (!effects.unavailable.empty()) {
      list.push_back(std::move(json.set("unavailable", effects.unavailable)));
      continue;
    }
    Json values = Json::array();
    for (const SegmentEffects::Value& one : effects.values) {
      values.push_back(
          Json::object().set("value", one.value).set("estimate", to_json(one.estimate)).set("raw", to_json(one.raw)));
    }
    json.set("mean", effects.mean).set("tau", effects.tau).set("p_equal", effects.p_equal);
    list.push_back(std::move(json.set("values", std::move(values))));
  }
  return list;
}

Json overrides_json(const Scorecard& card) {
  Json list = Json::array();
  for (const ScorecardOverride& one : card.overrides) {
    list.push_back(Json::object()
                       .set("entry", one.entry)
                       .set("review", one.review)
                       .set("at", format_time(one.at, card.utc_offset))
                       .set("by", one.by)
                       .set("role", one.role)
                       .set("reason", one.reason)
                       .set("recommended", one.recommended)
                       .set("decision", one.decision)
                       .set("variant", one.variant.empty() ? Json() : Json(one.variant)));
  }
  return list;
}

}  // namespace tactful
