#include <cmath>

#include "tactful/tally/tally.hpp"

namespace tactful {
namespace {

constexpr std::string_view kSchema = "tactful/tally/1";

/// Names of the integrity counts, in the order of the file.
struct IntegrityField {
  std::string_view name;
  std::int64_t Integrity::*member;
};
constexpr IntegrityField kIntegrity[] = {
    {"exposures", &Integrity::exposures},
    {"units", &Integrity::units},
    {"units_in_two_variants", &Integrity::units_in_two_variants},
    {"clusters_in_two_variants", &Integrity::clusters_in_two_variants},
    {"unknown_variant_exposures", &Integrity::unknown_variant_exposures},
    {"zero_weight_units", &Integrity::zero_weight_units},
    {"other_fingerprint_exposures", &Integrity::other_fingerprint_exposures},
    {"missing_cluster_units", &Integrity::missing_cluster_units},
    {"outside_enrolment_exposures", &Integrity::outside_enrolment_exposures},
    {"rows_after_as_of", &Integrity::rows_after_as_of},
    {"outcomes_before_exposure", &Integrity::outcomes_before_exposure},
    {"deliveries", &Integrity::deliveries},
    {"delivered_other_variant", &Integrity::delivered_other_variant},
    {"degraded", &Integrity::degraded},
    {"held", &Integrity::held},
};
struct ArmIntegrityField {
  std::string_view name;
  std::int64_t ArmIntegrity::*member;
};
constexpr ArmIntegrityField kArmIntegrity[] = {
    {"units_with_earlier_outcomes", &ArmIntegrity::units_with_earlier_outcomes},
    {"deliveries", &ArmIntegrity::deliveries},
    {"delivered_other_variant", &ArmIntegrity::delivered_other_variant},
    {"degraded", &ArmIntegrity::degraded},
    {"held", &ArmIntegrity::held},
};
struct ClusterField {
  std::string_view name;
  PreciseSum ClusterSums::*member;
};
constexpr ClusterField kClusterFields[] = {
    {"size", &ClusterSums::size},
    {"total", &ClusterSums::total},
    {"size_squares", &ClusterSums::size_squares},
    {"total_squares", &ClusterSums::total_squares},
    {"size_total", &ClusterSums::size_total},
};
constexpr std::string_view kSources[] = {"events", "wide", "counts"};

Json to_json(const PreciseSum& sum) { return Json(Json::Array{sum.high, sum.low}); }

Json to_json(const ArmMetric& metric) {
  Json json = Json::object();
  json.set("units", metric.mature.units);
  json.set("sum", to_json(metric.mature.sum));
  json.set("squares", to_json(metric.mature.squares));
  json.set("immature", metric.immature_units);
  json.set("missing", metric.missing_units);
  json.set("first_events", metric.first_events);
  if (metric.clusters.clusters > 0) {
    Json clusters = Json::object();
    clusters.set("clusters", metric.clusters.clusters);
    for (const ClusterField& field : kClusterFields) {
      clusters.set(std::string(field.name), to_json(metric.clusters.*field.member));
    }
    json.set("clusters", std::move(clusters));
  }
  return json;
}

Json to_json(const std::vector<ArmTally>& arms) {
  Json json = Json::array();
  for (const ArmTally& arm : arms) {
    Json metrics = Json::array();
    for (const ArmMetric& metric : arm.metrics) metrics.push_back(to_json(metric));
    json.push_back(
        Json::object().set("units", arm.units).set("clusters", arm.clusters).set("metrics", std::move(metrics)));
  }
  return json;
}

Json to_json(const MarginTally& margin) {
  return Json::object().set("segment", margin.segment).set("value", margin.value).set("arms", to_json(margin.arms));
}

Json to_json(const std::vector<std::string>& texts) {
  Json json = Json::array();
  for (const std::string& text : texts) json.push_back(text);
  return json;
}

/// Reads members of an object, keeping the first problem; what follows a problem is default.
class Reader {
 public:
  [[nodiscard]] const std::optional<Error>& problem() const noexcept { return problem_; }

  const Json* member(const Json& json, std::string_view key, const std::string& at) {
    const Json* found = json.find(key);
    if (found == nullptr) fail(append_pointer(at, key), "is missing");
    return found;
  }
  std::int64_t integer(const Json& json, std::string_view key, const std::string& at) {
    const Json* found = member(json, key, at);
    if (found == nullptr) return 0;
    if (found->is_integer()) return found->as_integer();
    fail(append_pointer(at, key), "is no whole number");
    return 0;
  }
  std::string text(const Json& json, std::string_view key, const std::string& at) {
    const Json* found = member(json, key, at);
    if (found == nullptr) return {};
    if (found->is_string()) return found->as_string();
    fail(append_pointer(at, key), "is no text");
    return {};
  }
  bool flag(const Json& json, std::string_view key, const std::string& at) {
    const Json* found = member(json, key, at);
    if (found == nullptr) return false;
    if (found->type() == Json::Type::kBool) return found->as_bool();
    fail(append_pointer(at, key), "is neither true nor false");
    return false;
  }
  const Json::Array& array(const Json& json, std::string_view key, const std::string& at) {
    static const Json::Array kEmpty;
    const Json* found = member(json, key, at);
    if (found == nullptr) return kEmpty;
    if (found->is_array()) return found->as_array();
    fail(append_pointer(at, key), "is no list");
    return kEmpty;
  }
  PreciseSum sum(const Json& json, std::string_view key, const std::string& at) {
    const Json::Array& parts = array(json, key, at);
    if (problem_) return {};
    if (parts.size() != 2 || !parts[0].is_number() || !parts[1].is_number()) {
      fail(append_pointer(at, key), "is no pair of numbers");
      return {};
    }
    return {parts[0].as_number(), parts[1].as_number()};
  }
  std::vector<std::string> texts(const Json& json, std::string_view key, const std::string& at) {
    std::vector<std::string> values;
    for (const Json& entry : array(json, key, at)) {
      if (entry.is_string()) {
        values.push_back(entry.as_string());
      } else {
        fail(append_pointer(at, key), "holds something that is no text");
      }
    }
    return values;
  }
  void fail(const std::string& pointer, std::string_view why) {
    if (!problem_) {
      problem_ = Error{ErrorCode::kInvalidInput, pointer + " " + std::string(why), pointer,
                       "a tally is written by this program only"};
    }
  }

  ArmMetric metric(const Json& json, const std::string& at) {
    ArmMetric metric;
    metric.mature.units = integer(json, "units", at);
    metric.mature.sum = sum(json, "sum", at);
    metric.mature.squares = sum(json, "squares", at);
    metric.immature_units = integer(json, "immature", at);
    metric.missing_units = integer(json, "missing", at);
    metric.first_events = integer(json, "first_events", at);
    if (const Json* clusters = json.find("clusters")) {
      const std::string inner = append_pointer(at, "clusters");
      metric.clusters.clusters = integer(*clusters, "clusters", inner);
      for (const ClusterField& field : kClusterFields)
        metric.clusters.*field.member = sum(*clusters, field.name, inner);
    }
    return metric;
  }
  std::vector<ArmTally> arms(const Json& json, std::size_t variants, std::size_t metrics, const std::string& at) {
    std::vector<ArmTally> result;
    const Json::Array& list = array(json, "arms", at);
    if (list.size() != variants) fail(append_pointer(at, "arms"), "has not one entry for each variant");
    for (std::size_t v = 0; v < list.size() && !problem_; ++v) {
      const std::string arm_at = append_pointer(append_pointer(at, "arms"), v);
      ArmTally arm;
      arm.units = integer(list[v], "units", arm_at);
      arm.clusters = integer(list[v], "clusters", arm_at);
      const Json::Array& entries = array(list[v], "metrics", arm_at);
      if (entries.size() != metrics) fail(append_pointer(arm_at, "metrics"), "has not one entry for each metric");
      for (std::size_t m = 0; m < entries.size() && !problem_; ++m) {
        arm.metrics.push_back(metric(entries[m], append_pointer(append_pointer(arm_at, "metrics"), m)));
      }
      result.push_back(std::move(arm));
    }
    return result;
  }
  MarginTally margin(const Json& json, const Tally& tally, const std::string& at) {
    return {text(json, "segment", at), text(json, "value", at),
            arms(json, tally.variants.size(), tally.metrics.size(), at)};
  }
  std::optional<TimeMs> optional_time(const Json& json, std::string_view key, const std::string& at) {
    const Json* found = member(json, key, at);
    if (found == nullptr || found->type() == Json::Type::kNull) return std::nullopt;
    return integer(json, key, at);
  }
  Integrity integrity(const Json& json, const std::string& at) {
    Integrity integrity;
    for (const IntegrityField& field : kIntegrity) integrity.*field.member = integer(json, field.name, at);
    for (const Json& entry : array(json, "arms", at)) {
      ArmIntegrity arm;
      for (const ArmIntegrityField& field : kArmIntegrity) {
        arm.*field.member = integer(entry, field.name, append_pointer(at, "arms"));
      }
      integrity.arms.push_back(arm);
    }
    return integrity;
  }
  TallySource source(const Json& json) {
    const std::string name = text(json, "source", "");
    for (std::size_t i = 0; i < std::size(kSources); ++i) {
      if (kSources[i] == name) return static_cast<TallySource>(i);
    }
    fail("/source", "is none of events, wide, counts");
    return TallySource::kEvents;
  }

 private:
  std::optional<Error> problem_;
};

}  // namespace

Json to_json(const Tally& tally) {
  Json json = Json::object();
  json.set("schema", kSchema).set("experiment", tally.experiment).set("fingerprint", tally.fingerprint);
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
  Json integrity = Json::object();
  for (const IntegrityField& field : kIntegrity) integrity.set(std::string(field.name), tally.integrity.*field.member);
  Json arms = Json::array();
  for (const ArmIntegrity& arm : tally.integrity.arms) {
    Json entry = Json::object();
    for (const ArmIntegrityField& field : kArmIntegrity) entry.set(std::string(field.name), arm.*field.member);
    arms.push_back(std::move(entry));
  }
  integrity.set("arms", std::move(arms));
  json.set("integrity", std::move(integrity));
  return json;
}

Result<Tally> tally_from_json(const Json& json) {
  Reader reader;
  const std::string schema = reader.text(json, "schema", "");
  if (!reader.problem() && schema != kSchema) {
    const bool is_newer = schema.starts_with("tactful/tally/");
    return Error{is_newer ? ErrorCode::kUnsupportedVersion : ErrorCode::kInvalidInput,
                 "the schema is " + schema + ", not " + std::string(kSchema), "/schema",
                 is_newer ? "a newer release wrote it; use that one" : ""};
  }
  Tally tally;
  tally.experiment = reader.text(json, "experiment", "");
  tally.fingerprint = reader.text(json, "fingerprint", "");
  tally.data_fingerprint = reader.text(json, "data_fingerprint", "");
  tally.source = reader.source(json);
  tally.imported = reader.flag(json, "imported", "");
  tally.phase = reader.text(json, "phase", "");
  tally.as_of = reader.integer(json, "as_of", "");
  tally.first_exposure = reader.optional_time(json, "first_exposure", "");
  tally.last_exposure = reader.optional_time(json, "last_exposure", "");
  tally.variants = reader.texts(json, "variants", "");
  tally.metrics = reader.texts(json, "metrics", "");
  tally.unavailable = reader.texts(json, "unavailable", "");
  const Json::Array& margins = reader.array(json, "margins", "");
  if (margins.empty()) reader.fail("/margins", "is empty: the first margin is all units");
  for (std::size_t i = 0; i < margins.size() && !reader.problem(); ++i) {
    tally.margins.push_back(reader.margin(margins[i], tally, append_pointer("/margins", i)));
  }
  if (const Json* without = reader.member(json, "without_crossovers", "")) {
    tally.without_crossovers = reader.margin(*without, tally, "/without_crossovers");
  }
  const Json::Array& days = reader.array(json, "days", "");
  for (std::size_t i = 0; i < days.size() && !reader.problem(); ++i) {
    const std::string at = append_pointer("/days", i);
    tally.days.push_back({reader.integer(days[i], "day", at),
                          static_cast<std::int32_t>(reader.integer(days[i], "millionths", at)),
                          reader.arms(days[i], tally.variants.size(), tally.metrics.size(), at)});
  }
  if (const Json* integrity = reader.member(json, "integrity", "")) {
    tally.integrity = reader.integrity(*integrity, "/integrity");
  }
  if (reader.problem()) return *reader.problem();
  return tally;
}

}  // namespace tactful
