#include "tactful/experiment/experiment_file.hpp"

#include "digest.hpp"
#include "plan_json.hpp"
#include "read_fields.hpp"
#include "tactful/core/file.hpp"
#include "tactful/core/text.hpp"
#include "traffic_json.hpp"

namespace tactful {
namespace {

constexpr std::uintmax_t kLargestFile = 4u << 20;  // a million mistakes in one file help nobody

constexpr std::size_t kFingerprintBytes = 16;

Json to_json(const std::string& text) { return Json(text); }

Json to_json(const Variant& variant) {
  return Json::object()
      .set("key", variant.key)
      .set("weight", variant.weight)
      .set("wording", variant.wording)
      .set("text", variant.text);
}

// Within the identity a wording's file stands by its content; a file that nobody has read leaves no trace.
Json identity_of(const Variant& variant) {
  Json object = to_json(variant);
  if (!variant.content.empty()) object.set("content", variant.content);
  return object;
}

Json to_json(const Metric& metric) {
  Json json = Json::object();
  json.set("key", metric.key)
      .set("outcome", metric.outcome)
      .set("aggregation", to_string(metric.aggregation))
      .set("window", format_duration(metric.window_ms))
      .set("direction", to_string(metric.direction))
      .set("role", to_string(metric.role));
  if (metric.minimum_value) json.set("minimum_value", *metric.minimum_value);
  return json;
}

template <typename Items>
Json list_of(const Items& items) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(to_json(item));
  return list;
}

// Left out where they say nothing, as in files written before these fields existed.
void set_people_and_contact(const Experiment& experiment, Json& file) {
  if (!experiment.responsible.empty()) file.set("responsible", experiment.responsible);
  if (!experiment.consulted.empty()) file.set("consulted", list_of(experiment.consulted));
  if (!experiment.informed.empty()) file.set("informed", list_of(experiment.informed));
  if (!experiment.contact.empty()) file.set("contact", experiment.contact);
  if (experiment.purpose != "service") file.set("purpose", experiment.purpose);
}

}  // namespace

ExperimentFile parse_experiment(std::string_view text, std::string_view origin) {
  Findings findings;
  const auto json = parse_json(text, origin);
  if (!json) {
    findings.error("json", "", json.error().message + " (" + json.error().where + ")", "mend the JSON text");
    return {std::nullopt, std::move(findings).take()};
  }
  Draft draft = read_fields(*json, findings);
  if (json->is_object()) check_rules(draft, findings);
  ExperimentFile file{std::nullopt, std::move(findings).take()};
  if (!has_errors(file.diagnostics)) file.experiment = std::move(draft.experiment);
  return file;
}

Result<ExperimentFile> read_experiment(const std::filesystem::path& path) {
  const auto text = read_file(path, kLargestFile);
  if (!text) return text.error();
  ExperimentFile file = parse_experiment(*text, path.filename().string());
  if (file.experiment && path.filename() != file.experiment->key + ".json") {
    file.diagnostics.push_back({Severity::kError, "file-name", "/key",
                                "the file is called " + printable(path.filename().string()) + " and its key is \"" +
                                    file.experiment->key + "\"",
                                "rename the file to " + file.experiment->key + ".json, or change the key"});
    file.experiment.reset();
  }
  return file;
}

Json to_json(const Experiment& experiment) {
  const UtcOffset offset = experiment.utc_offset;
  Json ramp = Json::array();
  for (const RampStep& step : experiment.ramp) {
    ramp.push_back(Json::object().set("from", format_time(step.from, offset)).set("fraction", decimal(step.fraction)));
  }
  Json file = Json::object();
  file.set("schema", "tactful/experiment/1")
      .set("key", experiment.key)
      .set("title", experiment.title)
      .set("owner", experiment.owner)
      .set("accountable", experiment.accountable)
      .set("goal", experiment.goal)
      .set("scenario", experiment.scenario)
      .set("unit", experiment.unit)
      .set("cluster", experiment.cluster)
      .set("randomisation", experiment.randomisation)
      .set("utc_offset", offset.to_string())
      .set("scheme", experiment.scheme)
      .set("salt", experiment.salt)
      .set("layer", layer_json(experiment))
      .set("holdout", holdout_json(experiment))
      .set("scope", experiment.scope.is_object() ? experiment.scope : Json::object())
      .set("segments", list_of(experiment.segments))
      .set("ramp", ramp)
      .set("variants", list_of(experiment.variants))
      .set("metrics", list_of(experiment.metrics))
      .set("plan", plan_json(experiment, offset, PlanPart::kWhole))
      .set("policy", policy_json(experiment.policy))
      .set("pilot", Json::object()
                        .set("scope", experiment.pilot.scope)
                        .set("start", format_time(experiment.pilot.start, offset))
                        .set("end", format_time(experiment.pilot.end, offset)));
  set_traffic_members(experiment, file);
  if (!experiment.overrides.empty()) file.set("overrides", overrides_json(experiment));
  set_people_and_contact(experiment, file);
  return file;
}

std::string fingerprint(const Experiment& experiment) {
  Json variants = Json::array();
  for (const Variant& variant : experiment.variants) variants.push_back(identity_of(variant));
  Json identity = Json::object()
                      .set("key", experiment.key)
                      .set("unit", experiment.unit)
                      .set("cluster", experiment.cluster)
                      .set("scheme", experiment.scheme)
                      .set("salt", experiment.salt)
                      .set("layer", layer_json(experiment))
                      .set("holdout", holdout_json(experiment))
                      .set("scope", experiment.scope.is_object() ? experiment.scope : Json::object())
                      .set("variants", std::move(variants))
                      .set("metrics", list_of(experiment.metrics))
                      .set("plan", plan_json(experiment, UtcOffset{}, PlanPart::kIdentity));
  set_traffic_members(experiment, identity);
  return blake2b_hex(identity.canonical(), kFingerprintBytes);
}

std::string fingerprint(const Variant& variant) {
  if (!variant.content.empty()) return variant.content;
  return blake2b_hex(Json::object().set("wording", variant.wording).set("text", variant.text).canonical(),
                     kFingerprintBytes);
}

}  // namespace tactful
