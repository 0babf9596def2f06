#include "read_fields.hpp"

#include <array>

#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/message_template.hpp"

namespace tactful {
namespace {

constexpr std::string_view kSchema = "tactful/experiment/1";

void read_schema(const Json& file, ObjectReader& reader, Findings& findings) {
  if (!reader.require("schema", "add \"schema\": \"" + std::string(kSchema) + "\"")) return;
  const Json* schema = file.find("schema");
  if (schema->is_string() && schema->as_string() == kSchema) return;
  findings.error("schema", "/schema",
                 "this release reads \"" + std::string(kSchema) + "\"; this file says " + printable(schema->dump()),
                 "a higher number needs a newer release");
}

Direction default_direction(std::string_view outcome) {
  constexpr std::array<std::string_view, 3> kBad{"complaint", "repeat_contact", "opted_out"};
  for (const std::string_view bad : kBad) {
    if (outcome == bad) return Direction::kDecrease;
  }
  return Direction::kIncrease;
}

Variant read_variant(const Json& value, const std::string& pointer, std::size_t index, Findings& findings) {
  ObjectReader reader(value, pointer, {"key", "weight", "wording", "text"}, findings);
  Variant variant;
  if (value.is_object()) reader.require("key", "give the variant a name, for example \"control\"");
  variant.key = reader.label("key");
  variant.weight = reader.integer("weight", 1, 0, 1'000'000);
  variant.wording = reader.key("wording", is_key(variant.key) ? variant.key : "variant-" + std::to_string(index));
  variant.text = reader.text("text");
  const auto text = MessageTemplate::parse(variant.text);
  if (!text) {
    findings.error("template", reader.pointer_to("text"),
                   text.error().message + " (at byte " + text.error().where + ")", text.error().hint);
  }
  return variant;
}

Metric read_metric(const Json& value, const std::string& pointer, Findings& findings) {
  ObjectReader reader(value, pointer, {"key", "outcome", "aggregation", "window", "direction", "role", "minimum_value"},
                      findings);
  Metric metric;
  if (value.is_object()) {
    reader.require("key", "give the metric a name, for example \"complaint\"");
    reader.require("window", "say how long after exposure outcomes count, for example \"7d\"");
  }
  metric.key = reader.key("key");
  metric.outcome = reader.key("outcome", metric.key);
  metric.aggregation = reader.choice("aggregation", Aggregation::kAny,
                                     {Aggregation::kAny, Aggregation::kCount, Aggregation::kSum, Aggregation::kFirst});
  metric.window_ms = reader.duration("window", 0);
  metric.direction =
      reader.choice("direction", default_direction(metric.outcome), {Direction::kIncrease, Direction::kDecrease});
  metric.role = reader.choice("role", Role::kMonitor, {Role::kSuccess, Role::kGuardrail, Role::kMonitor});
  if (reader.has("minimum_value")) metric.minimum_value = reader.between("minimum_value", 0.0, -1e15, 1e15);
  return metric;
}

void read_pilot(const Json& value, Experiment& experiment, Findings& findings) {
  ObjectReader reader(value, "/pilot", {"scope", "start", "end"}, findings);
  reader.require("start", "say when enrolment begins, for example \"2026-05-14\"");
  experiment.pilot.scope = reader.text("scope");
  experiment.pilot.start = reader.time("start", experiment.utc_offset, kNoTime);
  experiment.pilot.end = reader.time("end", experiment.utc_offset, kNoTime);
}

void read_ramp(const Json& list, Experiment& experiment, Findings& findings) {
  for (std::size_t i = 0; i < list.as_array().size(); ++i) {
    const Json& item = list.as_array()[i];
    ObjectReader reader(item, append_pointer("/ramp", i), {"from", "fraction"}, findings);
    if (item.is_object()) {
      reader.require("from", "say from when the fraction holds");
      reader.require("fraction", "say which fraction of the units in scope takes part");
    }
    experiment.ramp.push_back({reader.time("from", experiment.utc_offset, kNoTime), reader.fraction("fraction", {})});
  }
}

UtcOffset read_offset(ObjectReader& reader, Findings& findings) {
  if (!reader.has("utc_offset")) return {};
  const std::string text = reader.text("utc_offset", "Z");
  const auto offset = UtcOffset::parse(text);
  if (offset) return *offset;
  findings.error("utc-offset", "/utc_offset", offset.error().message, offset.error().hint);
  return {};
}

void read_heading(ObjectReader& reader, Experiment& experiment, Findings& findings) {
  reader.require("key", "give the experiment the name of its file without .json");
  experiment.key = reader.key("key");
  experiment.title = reader.text("title", experiment.key);
  experiment.owner = reader.text("owner");
  experiment.accountable = reader.text("accountable");
  experiment.responsible = reader.text("responsible");
  experiment.consulted = reader.labels("consulted");
  experiment.informed = reader.labels("informed");
  if (reader.has("contact") && !reader.text("contact").empty()) experiment.contact = reader.key("contact");
  experiment.purpose = reader.key("purpose", "service");
  experiment.goal = reader.text("goal");
  experiment.scenario = reader.text("scenario");
  experiment.unit = reader.key("unit", "customer");
  if (reader.has("cluster") && !reader.text("cluster").empty()) experiment.cluster = reader.key("cluster");
  experiment.randomisation = reader.text("randomisation");
  experiment.utc_offset = read_offset(reader, findings);
  experiment.scheme = reader.text("scheme", "tactful-1");
  experiment.salt = reader.text("salt", experiment.key);
  const Json* scope = reader.object("scope");
  experiment.scope = scope == nullptr ? Json::object() : *scope;
  experiment.segments = reader.labels("segments");
}

}  // namespace

Draft read_fields(const Json& file, Findings& findings) {
  Draft draft;
  Experiment& experiment = draft.experiment;
  ObjectReader reader(file, "",
                      {"$schema",  "schema",  "key",     "title",         "owner",      "accountable", "goal",
                       "scenario", "unit",    "cluster", "randomisation", "utc_offset", "scheme",      "salt",
                       "layer",    "holdout", "scope",   "segments",      "ramp",       "variants",    "metrics",
                       "plan",     "policy",  "pilot",   "hashing",       "sticky",     "switchback",  "overrides",
                       "groups",   "contact", "purpose", "responsible",   "consulted",  "informed"},
                      findings);
  if (!file.is_object()) return draft;
  read_schema(file, reader, findings);
  read_heading(reader, experiment, findings);
  read_traffic(file, reader, experiment, findings);
  reader.require("variants", "list at least two wordings; the first is the control, today's wording");
  if (const Json* list = reader.array("variants")) {
    draft.has_variants = true;
    for (std::size_t i = 0; i < list->as_array().size(); ++i) {
      experiment.variants.push_back(read_variant(list->as_array()[i], append_pointer("/variants", i), i, findings));
    }
  }
  reader.require("metrics", "list what the wordings are judged by, at least one success metric and one guardrail");
  if (const Json* list = reader.array("metrics")) {
    draft.has_metrics = true;
    for (std::size_t i = 0; i < list->as_array().size(); ++i) {
      experiment.metrics.push_back(read_metric(list->as_array()[i], append_pointer("/metrics", i), findings));
    }
  }
  if (reader.require("plan", "write a plan with at least \"enrolment_end\""))
    read_plan(*file.find("plan"), draft, findings);
  if (reader.has("policy")) experiment.policy = read_policy(*file.find("policy"), findings);
  if (reader.require("pilot", "write a pilot with at least \"start\""))
    read_pilot(*file.find("pilot"), experiment, findings);
  if (const Json* ramp = reader.array("ramp")) read_ramp(*ramp, experiment, findings);
  if (experiment.ramp.empty()) experiment.ramp.push_back({experiment.pilot.start, Fraction{Fraction::kWhole}});
  return draft;
}

}  // namespace tactful
