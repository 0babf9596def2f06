#include "traffic_json.hpp"

#include "tactful/core/time.hpp"

namespace tactful {
namespace {

Json ranges_json(const std::vector<HashRange>& ranges) {
  Json list = Json::array();
  for (const HashRange& range : ranges) list.push_back(Json::array().push_back(range.start).push_back(range.end));
  return list;
}

Json hashing_json(const Hashing& hashing) {
  const Hashing plain;
  Json json = Json::object();
  if (hashing.units != plain.units) json.set("units", hashing.units);
  if (!hashing.traffic_salt.empty()) json.set("traffic_salt", hashing.traffic_salt);
  if (hashing.buckets != 0) json.set("buckets", hashing.buckets);
  if (!hashing.ranges.empty()) {
    Json variants = Json::array();
    for (const auto& ranges : hashing.ranges) variants.push_back(ranges_json(ranges));
    json.set("ranges", variants);
  }
  if (!hashing.filters.empty()) {
    Json filters = Json::array();
    for (const HashFilter& filter : hashing.filters) {
      filters.push_back(Json::object()
                            .set("scheme", filter.scheme)
                            .set("seed", filter.seed)
                            .set("ranges", ranges_json(filter.ranges)));
    }
    json.set("filters", filters);
  }
  return json;
}

}  // namespace

Json decimal(Fraction fraction) { return Json(static_cast<double>(fraction.millionths) / Fraction::kWhole); }

Json layer_json(const Experiment& experiment) {
  if (experiment.layer.empty()) return "";
  Json slots = Json::array();
  for (const SlotRange& range : experiment.layer_slots.slots) {
    slots.push_back(Json::array().push_back(range.first).push_back(range.last));
  }
  return Json::object().set("key", experiment.layer).set("slots", slots).set("of", experiment.layer_slots.of);
}

Json holdout_json(const Experiment& experiment) {
  if (experiment.holdouts.empty()) return "";
  Json list = Json::array();
  for (const Holdout& holdout : experiment.holdouts) {
    list.push_back(Json::object()
                       .set("key", holdout.key)
                       .set("fraction", decimal(holdout.fraction))
                       .set("scheme", holdout.scheme));
  }
  return list;
}

Json overrides_json(const Experiment& experiment) {
  Json json = Json::object();
  for (const Override& one : experiment.overrides) json.set(one.unit, one.variant);
  return json;
}

void set_traffic_members(const Experiment& experiment, Json& file) {
  const Json hashing = hashing_json(experiment.hashing);
  if (!hashing.as_object().empty()) file.set("hashing", hashing);
  if (experiment.switchback_ms > 0) file.set("switchback", format_duration(experiment.switchback_ms));
  if (experiment.sticky.is_on) {
    file.set("sticky", Json::object()
                           .set("version", experiment.sticky.version)
                           .set("minimum_version", experiment.sticky.minimum_version));
  }
  if (experiment.groups.empty()) return;
  Json groups = Json::object();
  for (const SavedGroup& group : experiment.groups) {
    Json values = Json::array();
    for (const std::string& value : group.values) values.push_back(value);
    groups.set(group.name, values);
  }
  file.set("groups", groups);
}

}  // namespace tactful
