#include "tally_json_fields.hpp"

namespace tactful {
namespace {

Json to_json(const PreciseSum& sum) { return Json(Json::Array{sum.high, sum.low}); }

Json to_json(const std::vector<std::int64_t>& counts) {
  Json json = Json::array();
  for (const std::int64_t count : counts) json.push_back(count);
  return json;
}

void add_sums(const UnitSums& mature, std::int64_t immature, Json& json) {
  json.set("units", mature.units).set("sum", to_json(mature.sum)).set("squares", to_json(mature.squares));
  json.set("immature", immature);
}

void add_clusters(const ClusterSums& sums, Json& json) {
  if (sums.clusters == 0) return;
  Json clusters = Json::object();
  clusters.set("clusters", sums.clusters);
  for (const ClusterField& field : kClusterFields) {
    clusters.set(std::string(field.name), to_json(sums.*field.member));
  }
  json.set("clusters", std::move(clusters));
}

Json to_json(const ArmMetric& metric) {
  Json json = Json::object();
  add_sums(metric.mature, metric.immature_units, json);
  json.set("missing", metric.missing_units).set("first_events", metric.first_events);
  add_clusters(metric.clusters, json);
  if (!metric.ages.leaving.empty()) {
    json.set("ages", Json::object()
                         .set("first_events", to_json(metric.ages.first_events))
                         .set("leaving", to_json(metric.ages.leaving)));
  }
  if (!metric.reminders.reached.empty()) {
    json.set("reminders", Json::object()
                              .set("reached", to_json(metric.reminders.reached))
                              .set("events", to_json(metric.reminders.events)));
  }
  return json;
}

Json to_json(const std::vector<ArmTally>& arms) {
  Json json = Json::array();
  for (const ArmTally& arm : arms) {
    Json metrics = Json::array();
    for (const ArmMetric& metric : arm.metrics) metrics.push_back(to_json(metric));
    Json entry = Json::object().set("units", arm.units).set("clusters", arm.clusters);
    if (arm.stages != StageCounts{}) {
      Json stages = Json::object();
      for (const StageField& field : kStages) stages.set(std::string(field.name), arm.stages.*field.member);
      entry.set("stages", std::move(stages));
    }
    json.push_back(std::move(entry.set("metrics", std::move(metrics))));
  }
  return json;
}

Json to_json(const Epoch& epoch) {
  return Json::object()
      .set("first_day", epoch.first_day)
      .set("last_day", epoch.last_day)
      .set("millionths", epoch.millionths);
}

Json to_json(const LookTally& look) {
  Json arms = Json::array();
  for (const std::vector<LookMetric>& arm : look.arms) {
    Json metrics = Json::array();
    for (const LookMetric& metric : arm) {
      Json entry = Json::object();
      add_sums(metric.mature, metric.immature_units, entry);
      entry.set("first_events", to_json(metric.first_events));
      add_clusters(metric.clusters, entry);
      metrics.push_back(std::move(entry));
    }
    arms.push_back(Json::object().set("metrics", std::move(metrics)));
  }
  return Json::object().set("at", look.at).set("arms", std::move(arms));
}

Json to_json(const MarginTally& margin) {
  return Json::object().set("segment", margin.segment).set("value", margin.value).set("arms", to_json(margin.arms));
}

Json to_json(const std::vector<std::string>& texts) {
  Json json = Json::array();
  for (const std::string& text : texts) json.push_back(text);
  return json;
}

Json to_json(const Integrity& integrity) {
  Json json = Json::object();
  for (const IntegrityField& field : kIntegrity) json.set(std::string(field.name), integrity.*field.member);
  for (const IntegrityField& field : kIntegrity2) json.set(std::string(field.name), integrity.*field.member);
  if (integrity.stopped_variant_exposures != 0)
    json.set(std::string(kStoppedVariant.name), integrity.stopped_variant_exposures);
  Json holds = Json::array();
  for (const HoldCount& hold : integrity.holds) {
    holds.push_back(Json::object().set("reason", hold.reason).set("count", hold.count));
  }
  Json arms = Json::array();
  for (const ArmIntegrity& arm : integrity.arms) {
    Json entry = Json::object();
    for (const ArmIntegrityField& field : kArmIntegrity) entry.set(std::string(field.name), arm.*field.member);
    arms.push_back(std::move(entry));
  }
  return json.set("holds", std::move(holds)).set("arms", std::move(arms));
}

}  // namespace

Json to_json(const Tally& tally) {
  Json json = Json::object();
  json.set("schema", kTallySchema).set("experiment", tally.experiment).set("fingerprint", tally.fingerprint);
  json.set("data_fingerprint", tally.data_fingerprint);
  json.set("source", kSources[static_cast<std::size_t>(tally.source)]).set("imported", tally.imported);
  json.set("phase", tally.phase).set("as_of", tally.as_of);
  json.set("first_exposure", tally.first_exposure ? Json(*tally.first_exposure) : Json());
  json.set("last_exposure", tally.last_exposure ? Json(*tally.last_exposure) : Json());
  json.set("variants", to_json(tally.variants)).set("metrics", to_json(tally.metrics));
  json.set("unavailable", to_json(tally.unavailable));
  Json margins = Json::array();
  for (const MarginTally& margin : tally.margins) margins.push_back(to_json(margin));
  json.set("margins", std::move(margins)).set("without_crossovers", to_json(tally.without_crossovers));
  Json days = Json::array();
  for (const DayTally& day : tally.days) {
    days.push_back(Json::object().set("day", day.day).set("millionths", day.millionths).set("arms", to_json(day.arms)));
  }
  json.set("days", std::move(days));
  Json epochs = Json::array();
  for (const Epoch& epoch : tally.epochs) epochs.push_back(to_json(epoch));
  Json looks = Json::array();
  for (const LookTally& look : tally.looks) looks.push_back(to_json(look));
  json.set("epochs", std::move(epochs)).set("looks", std::move(looks));
  json.set("integrity", to_json(tally.integrity));
  return json;
}

}  // namespace tactful
