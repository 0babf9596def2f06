#include "looks.hpp"
#include "tally_json_fields.hpp"

namespace tactful {
namespace {

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

  std::vector<std::int64_t> counts(const Json& json, std::string_view key, const std::string& at) {
    std::vector<std::int64_t> values;
    for (const Json& entry : array(json, key, at)) {
      if (entry.is_integer()) {
        values.push_back(entry.as_integer());
      } else {
        fail(append_pointer(at, key), "holds something that is no whole number");
      }
    }
    return values;
  }
  UnitSums unit_sums(const Json& json, const std::string& at) {
    return {integer(json, "units", at), sum(json, "sum", at), sum(json, "squares", at)};
  }
  ClusterSums cluster_sums(const Json& json, const std::string& at) {
    ClusterSums sums;
    const Json* clusters = json.find("clusters");
    if (clusters == nullptr) return sums;
    const std::string inner = append_pointer(at, "clusters");
    sums.clusters = integer(*clusters, "clusters", inner);
    for (const ClusterField& field : kClusterFields) sums.*field.member = sum(*clusters, field.name, inner);
    return sums;
  }
  ArmMetric metric(const Json& json, const std::string& at) {
    ArmMetric metric;
    metric.mature = unit_sums(json, at);
    metric.immature_units = integer(json, "immature", at);
    metric.missing_units = integer(json, "missing", at);
    metric.first_events = integer(json, "first_events", at);
    metric.clusters = cluster_sums(json, at);
    if (const Json* ages = json.find("ages")) {
      const std::string inner = append_pointer(at, "ages");
      metric.ages = {counts(*ages, "first_events", inner), counts(*ages, "leaving", inner)};
      if (metric.ages.leaving.size() != metric.ages.first_events.size() + 1) {
        fail(append_pointer(inner, "leaving"), "has not one entry more than first_events");
      }
    }
    if (const Json* reminders = json.find("reminders")) {
      const std::string inner = append_pointer(at, "reminders");
      metric.reminders = {counts(*reminders, "reached", inner), counts(*reminders, "events", inner)};
      if (metric.reminders.reached.size() != kReminders || metric.reminders.events.size() != kReminders) {
        fail(inner, "has not 8 entries a list");
      }
    }
    return metric;
  }
  StageCounts stages(const Json& json, const std::string& at) {
    StageCounts stages;
    const Json* found = json.find("stages");
    if (found == nullptr) return stages;
    for (const StageField& field : kStages) {
      stages.*field.member = integer(*found, field.name, append_pointer(at, "stages"));
    }
    return stages;
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
      arm.stages = stages(list[v], arm_at);
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
  Epoch epoch(const Json& json, const std::string& at) {
    return {integer(json, "first_day", at), integer(json, "last_day", at),
            static_cast<std::int32_t>(integer(json, "millionths", at))};
  }
  LookMetric look_metric(const Json& json, const Tally& tally, const std::string& at) {
    LookMetric metric{unit_sums(json, at), cluster_sums(json, at), integer(json, "immature", at),
                      counts(json, "first_events", at)};
    if (metric.first_events.size() != tally.epochs.size()) {
      fail(append_pointer(at, "first_events"), "has not one entry for each epoch");
    }
    return metric;
  }
  LookTally look(const Json& json, const Tally& tally, const std::string& at) {
    LookTally look;
    look.at = integer(json, "at", at);
    if (!tally.looks.empty() && look.at <= tally.looks.back().at) {
      fail(append_pointer(at, "at"), "is not after the look before it");
    }
    const Json::Array& list = array(json, "arms", at);
    if (list.size() != tally.variants.size()) fail(append_pointer(at, "arms"), "has not one entry for each variant");
    for (std::size_t v = 0; v < list.size() && !problem_; ++v) {
      const std::string arm_at = append_pointer(append_pointer(at, "arms"), v);
      const Json::Array& entries = array(list[v], "metrics", arm_at);
      const std::string metrics_at = append_pointer(arm_at, "metrics");
      if (entries.size() != tally.metrics.size()) fail(metrics_at, "has not one entry for each metric");
      look.arms.emplace_back();
      for (std::size_t m = 0; m < entries.size() && !problem_; ++m) {
        look.arms.back().push_back(look_metric(entries[m], tally, append_pointer(metrics_at, m)));
      }
    }
    return look;
  }
  /// Epochs and looks of version 2. Of version 1 what can be said of as_of.
  void looks(const Json& json, bool is_first_version, Tally& tally) {
    if (is_first_version) {
      if (!problem_) add_single_look(tally);
      return;
    }
    const Json::Array& epochs = array(json, "epochs", "");
    for (std::size_t i = 0; i < epochs.size() && !problem_; ++i) {
      tally.epochs.push_back(epoch(epochs[i], append_pointer("/epochs", i)));
    }
    const Json::Array& list = array(json, "looks", "");
    for (std::size_t i = 0; i < list.size() && !problem_; ++i) {
      tally.looks.push_back(look(list[i], tally, append_pointer("/looks", i)));
    }
    if (!tally.looks.empty() && tally.looks.back().at != tally.as_of) fail("/looks", "do not end at as_of");
  }
  Integrity integrity(const Json& json, bool is_first_version, const std::string& at) {
    Integrity integrity;
    for (const IntegrityField& field : kIntegrity) integrity.*field.member = integer(json, field.name, at);
    if (json.find(kStoppedVariant.name) != nullptr)
      integrity.stopped_variant_exposures = integer(json, kStoppedVariant.name, at);
    if (!is_first_version) {
      for (const IntegrityField& field : kIntegrity2) integrity.*field.member = integer(json, field.name, at);
      const Json::Array& holds = array(json, "holds", at);
      for (std::size_t i = 0; i < holds.size(); ++i) {
        const std::string hold_at = append_pointer(append_pointer(at, "holds"), i);
        integrity.holds.push_back({text(holds[i], "reason", hold_at), integer(holds[i], "count", hold_at)});
      }
    }
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

Result<Tally> tally_from_json(const Json& json) {
  Reader reader;
  const std::string schema = reader.text(json, "schema", "");
  const bool is_first_version = schema == kTallySchema1;
  if (!reader.problem() && schema != kTallySchema && !is_first_version) {
    const bool is_newer = schema.starts_with("tactful/tally/");
    return Error{is_newer ? ErrorCode::kUnsupportedVersion : ErrorCode::kInvalidInput,
                 "the schema is " + schema + ", not " + std::string(kTallySchema), "/schema",
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
    tally.integrity = reader.integrity(*integrity, is_first_version, "/integrity");
  }
  reader.looks(json, is_first_version, tally);
  if (reader.problem()) return *reader.problem();
  return tally;
}

}  // namespace tactful
