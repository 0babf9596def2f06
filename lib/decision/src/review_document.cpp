#include <algorithm>
#include <array>

#include "review_file.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful {
namespace {

constexpr std::array<std::string_view, 4> kParts = {"definition", "options", "tally", "scorecard"};

Json spending_json(double calendar, const std::vector<WindowShare>& maturity) {
  Json shares = Json::array();
  for (const WindowShare& one : maturity)
    shares.push_back(Json::object().set("window_ms", one.window_ms).set("share", one.share));
  return Json::object().set("calendar", calendar).set("maturity", std::move(shares));
}

/// The spending times that a planned look uses: start and ramp may be edited later. Null where nothing is spent.
Json used_spending(const ReviewInput& input, int look) {
  if (look == 0 || input.tally.source != TallySource::kEvents) return Json();
  const Experiment experiment = input.phase ? phase_experiment(input.experiment, *input.phase) : input.experiment;
  const auto schedule = schedule_looks(look_plan(experiment), input.tally.as_of, input.options.taken, true);
  if (!schedule || schedule->taken.empty()) return Json();
  std::vector<WindowShare> maturity;
  for (const Metric& metric : experiment.metrics) {
    const auto same = [&](const WindowShare& one) { return one.window_ms == metric.window_ms; };
    if (std::any_of(maturity.begin(), maturity.end(), same)) continue;
    double share = 0.0;
    for (const Look& one : schedule->taken) share = std::max(share, maturity_of(experiment, one, metric.window_ms));
    maturity.push_back({metric.window_ms, share});
  }
  return spending_json(schedule->taken.back().calendar, maturity);
}

Json options_json(const EvaluateOptions& options) {
  Json waived = Json::array(), taken = Json::array(), latched = Json::array();
  for (const std::string& check : options.waived_checks) waived.push_back(check);
  for (const TakenLook& look : options.taken) {
    Json one = Json::object().set("look", look.planned).set("at", format_time(look.at));
    if (look.calendar) one.set("spending", spending_json(*look.calendar, look.maturity));
    if (!look.data.empty()) one.set("data", look.data);
    taken.push_back(std::move(one));
  }
  for (const LatchedAlarm& alarm : options.latched) {
    Json one =
        Json::object().set("variant", alarm.variant).set("metric", alarm.metric).set("at", format_time(alarm.at));
    if (alarm.other_version) one.set("other_version", true);
    latched.push_back(std::move(one));
  }
  Json overrides = Json::array();
  for (const ScorecardOverride& one : options.overrides) {
    overrides.push_back(Json::object()
                            .set("entry", one.entry)
                            .set("review", one.review)
                            .set("at", format_time(one.at))
                            .set("by", one.by)
                            .set("role", one.role)
                            .set("reason", one.reason)
                            .set("recommended", one.recommended)
                            .set("decision", one.decision)
                            .set("variant", one.variant));
  }
  Json json = Json::object();
  json.set("waived", std::move(waived))
      .set("overrides", std::move(overrides))
      .set("randomisation", options.randomisation)
      .set("as_review", options.as_review)
      .set("taken", std::move(taken))
      .set("taken_is_known", options.taken_is_known)
      .set("latched", std::move(latched));
  if (options.other_version_look) json.set("other_version_look", format_time(*options.other_version_look));
  if (options.stopped.empty()) return json;
  Json stopped = Json::array();
  for (const VariantStop& stop : options.stopped)
    stopped.push_back(Json::object().set("variant", stop.variant).set("at", format_time(stop.at)));
  json.set("stopped", std::move(stopped));
  return json;
}

/// The experiment with what its file does not hold but its fingerprint does: the contents of wordings.
Json definition_json(const Experiment& experiment, const std::optional<Phase>& phase) {
  Json contents = Json::object();
  for (const Variant& variant : experiment.variants) contents.set(variant.key, variant.content);
  Json rollout;
  if (phase) {
    rollout = Json::object()
                  .set("phase", phase->key)
                  .set("variant", phase->variant)
                  .set("holdback_millionths", phase->holdback.millionths)
                  .set("step", phase->step)
                  .set("start", format_time(phase->start));
    if (phase->review_by) rollout.set("review_by", format_time(*phase->review_by));
    if (phase->full_holdback) rollout.set("full_holdback_millionths", phase->full_holdback->millionths);
  }
  return Json::object()
      .set("experiment", to_json(experiment))
      .set("contents", std::move(contents))
      .set("rollout", std::move(rollout));
}

Json alarms_json(const Json& scorecard) {
  Json alarms = Json::array();
  const Json* harm = scorecard.find("harm");
  if (harm == nullptr || !harm->is_array()) return alarms;
  for (const Json& watch : harm->as_array()) {
    const Json* alarm = watch.find("alarm");
    if (alarm == nullptr || !alarm->is_string() || alarm->as_string() == "none") continue;
    alarms.push_back(Json::object()
                         .set("variant", *watch.find("variant"))
                         .set("metric", *watch.find("metric"))
                         .set("alarm", *alarm));
  }
  return alarms;
}

Error broken(std::string message, std::string where) {
  return {ErrorCode::kInvalidExperiment, std::move(message), std::move(where),
          "a frozen review is never edited; take it back from a copy"};
}

/// Reads members of a document and remembers the first that is missing.
class Reader {
 public:
  const Json& member(const Json& object, std::string_view name, Json::Type type) {
    static const Json kNull;
    const Json* found = object.find(name);
    if (found != nullptr && found->type() == type) return *found;
    fail(std::string(name), "the member is missing or of another type");
    return kNull;
  }
  std::string text(const Json& object, std::string_view name) {
    const Json& found = member(object, name, Json::Type::kString);
    return found.is_string() ? found.as_string() : std::string();
  }
  std::int64_t integer(const Json& object, std::string_view name) {
    const Json& found = member(object, name, Json::Type::kInteger);
    return found.is_integer() ? found.as_integer() : 0;
  }
  double number(const Json& object, std::string_view name) {
    const Json* found = object.find(name);
    if (found != nullptr && found->is_number()) return found->as_number();
    fail(std::string(name), "the member is missing or no number");
    return 0.0;
  }
  bool is_true(const Json& object, std::string_view name) {
    const Json& found = member(object, name, Json::Type::kBool);
    return found.is_bool() && found.as_bool();
  }
  TimeMs time(const Json& object, std::string_view name) {
    const std::string written = text(object, name);
    if (!status) return 0;
    const auto time = parse_time(written);
    if (time) return *time;
    fail(std::string(name), time.error().message);
    return 0;
  }
  Json::Array list(const Json& object, std::string_view name) {
    const Json& found = member(object, name, Json::Type::kArray);
    return found.is_array() ? found.as_array() : Json::Array();
  }
  void fail(const std::string& where, const std::string& message) {
    if (status) status = broken(message, "/" + where);
  }
  Status status;
};

TakenLook read_taken(Reader& reader, const Json& json) {
  TakenLook look{static_cast<int>(reader.integer(json, "look")), reader.time(json, "at")};
  if (json.find("data") != nullptr) look.data = reader.text(json, "data");
  if (json.find("spending") == nullptr) return look;
  const Json& spending = reader.member(json, "spending", Json::Type::kObject);
  look.calendar = reader.number(spending, "calendar");
  for (const Json& one : reader.list(spending, "maturity"))
    look.maturity.push_back({reader.integer(one, "window_ms"), reader.number(one, "share")});
  return look;
}

EvaluateOptions read_options(Reader& reader, const Json& json) {
  EvaluateOptions options;
  for (const Json& waived : reader.list(json, "waived")) {
    if (waived.is_string()) options.waived_checks.insert(waived.as_string());
  }
  options.randomisation = reader.text(json, "randomisation");
  options.as_review = reader.is_true(json, "as_review");
  options.taken_is_known = reader.is_true(json, "taken_is_known");
  for (const Json& look : reader.list(json, "taken")) options.taken.push_back(read_taken(reader, look));
  for (const Json& alarm : reader.list(json, "latched")) {
    const bool is_other = alarm.find("other_version") != nullptr && reader.is_true(alarm, "other_version");
    options.latched.push_back(
        {reader.text(alarm, "variant"), reader.text(alarm, "metric"), reader.time(alarm, "at"), is_other});
  }
  if (json.find("other_version_look") != nullptr) options.other_version_look = reader.time(json, "other_version_look");
  if (json.find("stopped") != nullptr) {
    for (const Json& one : reader.list(json, "stopped"))
      options.stopped.push_back({reader.text(one, "variant"), reader.time(one, "at")});
  }
  for (const Json& one : reader.list(json, "overrides")) {
    options.overrides.push_back({reader.integer(one, "entry"), reader.integer(one, "review"), reader.time(one, "at"),
                                 reader.text(one, "by"), reader.text(one, "role"), reader.text(one, "reason"),
                                 reader.text(one, "recommended"), reader.text(one, "decision"),
                                 reader.text(one, "variant")});
  }
  return options;
}

std::optional<Phase> read_phase(Reader& reader, const Json& definition, const std::string& version) {
  const Json* rollout = definition.find("rollout");
  if (rollout == nullptr || rollout->is_null()) return std::nullopt;
  Phase phase;
  phase.key = reader.text(*rollout, "phase");
  phase.variant = reader.text(*rollout, "variant");
  phase.holdback.millionths = static_cast<std::int32_t>(reader.integer(*rollout, "holdback_millionths"));
  phase.step = reader.integer(*rollout, "step");
  phase.start = reader.time(*rollout, "start");
  phase.fingerprint = version;
  if (rollout->find("review_by") != nullptr) phase.review_by = reader.time(*rollout, "review_by");
  if (rollout->find("full_holdback_millionths") != nullptr)
    phase.full_holdback = Fraction{static_cast<std::int32_t>(reader.integer(*rollout, "full_holdback_millionths"))};
  return phase;
}

Result<Experiment> read_definition(Reader& reader, const Json& definition, const std::string& version) {
  const Json& written = reader.member(definition, "experiment", Json::Type::kObject);
  const Json& contents = reader.member(definition, "contents", Json::Type::kObject);
  if (!reader.status) return reader.status.error();
  ExperimentFile file = parse_experiment(written.dump(), "definition");
  if (!file.experiment)
    return broken("the experiment in it is none: " + (file.diagnostics.empty() ? "" : file.diagnostics[0].message),
                  "/definition/experiment");
  for (Variant& variant : file.experiment->variants) variant.content = reader.text(contents, variant.key);
  if (!reader.status) return reader.status.error();
  if (fingerprint(*file.experiment) != version)
    return broken("the experiment in it does not have the fingerprint that the review names", "/definition");
  return *std::move(file.experiment);
}

}  // namespace

bool is_entered_late(const ReviewInput& input, int look, const ReviewRequest& request) {
  return look > 0 && input.tally.source == TallySource::kEvents && input.tally.as_of + kOnTime < request.at;
}

Json review_document(const ReviewInput& input, const Scorecard& card, int look, const ReviewRequest& request,
                     std::int64_t sequence, const std::string& previous) {
  const Experiment& experiment = input.experiment;
  const Json definition = to_json(experiment);
  const Json* plan = definition.find("plan");
  return Json::object()
      .set("schema", kReviewSchema)
      .set("experiment", experiment.key)
      .set("sequence", sequence)
      .set("previous", previous)
      .set("at", format_time(request.at))
      .set("by", request.by)
      .set("role", request.role)
      .set("note", request.note)
      .set("phase", card.phase)
      .set("as_of", format_time(card.as_of))
      .set("look", look)
      .set("spending", used_spending(input, look))
      .set("entered_late", is_entered_late(input, look, request))
      .set("fingerprint", card.fingerprint)
      .set("plan_fingerprint", ledger_digest(plan == nullptr ? std::string() : plan->canonical()))
      .set("data_fingerprint", card.data_fingerprint)
      .set("code_version", request.code_version)
      .set("seed", Json::object().set("scheme", experiment.scheme).set("salt", experiment.salt))
      .set("definition", definition_json(experiment, input.phase))
      .set("options", options_json(input.options))
      .set("tally", to_json(input.tally))
      .set("scorecard", to_json(card));
}

Json part_digests(const Json& document) {
  Json digests = Json::object(), head = Json::object();
  for (const auto& [name, value] : document.as_object()) {
    if (std::find(kParts.begin(), kParts.end(), name) == kParts.end()) head.set(name, value);
  }
  digests.set("head", ledger_digest(head.canonical()));
  for (const std::string_view part : kParts) {
    const Json* found = document.find(part);
    digests.set(std::string(part), ledger_digest(found == nullptr ? std::string() : found->canonical()));
  }
  return digests;
}

Json review_body(const Json& document, const std::string& file, std::string_view content) {
  const Json& scorecard = *document.find("scorecard");
  Json body = Json::object();
  for (const char* name : {"phase", "look", "as_of"}) body.set(name, *document.find(name));
  for (const char* name : {"spending", "entered_late"}) {
    if (const Json* found = document.find(name)) body.set(name, *found);
  }
  const Json* options = document.find("options");
  const Json* waived = options == nullptr ? nullptr : options->find("waived");
  body.set("waived", waived == nullptr ? Json::array() : *waived);
  body.set("recommendation", *scorecard.find("recommendation"));
  body.set("alarms", alarms_json(scorecard));
  body.set("file", file).set("digest", ledger_digest(content)).set("parts", part_digests(document));
  for (const char* name : {"plan_fingerprint", "data_fingerprint", "code_version", "note"})
    body.set(name, *document.find(name));
  return body;
}

Result<FrozenReview> review_from_json(Json document) {
  Reader reader;
  if (!document.is_object()) return broken("the file is no JSON object", "");
  const std::string schema = reader.text(document, "schema");
  if (schema != kReviewSchema) {
    return Error{schema.starts_with("tactful/review/") ? ErrorCode::kUnsupportedVersion : ErrorCode::kInvalidExperiment,
                 "the schema is \"" + printable(schema) + "\", not " + std::string(kReviewSchema), "/schema", ""};
  }
  for (const char* name : {"experiment", "previous", "by", "role", "note", "phase", "data_fingerprint", "code_version",
                           "plan_fingerprint"})
    (void)reader.text(document, name);
  for (const char* name : {"sequence", "look"}) (void)reader.integer(document, name);
  for (const char* name : {"at", "as_of"}) (void)reader.time(document, name);
  const std::string version = reader.text(document, "fingerprint");
  const Json& definition = reader.member(document, "definition", Json::Type::kObject);
  const Json& options = reader.member(document, "options", Json::Type::kObject);
  const Json& tally_json = reader.member(document, "tally", Json::Type::kObject);
  const Json& scorecard = reader.member(document, "scorecard", Json::Type::kObject);
  if (reader.status && scorecard.find("recommendation") == nullptr)
    reader.fail("scorecard", "the scorecard recommends nothing");
  if (!reader.status) return reader.status.error();
  auto experiment = read_definition(reader, definition, version);
  if (!experiment) return experiment.error();
  auto tally = tally_from_json(tally_json);
  if (!tally) return broken(tally.error().message, "/tally" + tally.error().where);
  FrozenReview review{Json(), *std::move(experiment), read_phase(reader, definition, version),
                      read_options(reader, options), *std::move(tally)};
  if (!reader.status) return reader.status.error();
  review.document = std::move(document);
  return review;
}

Result<Json> reproduce(const FrozenReview& review) {
  const auto card = evaluate_in(review.experiment, review.phase, review.tally, review.options);
  if (!card) return card.error();
  return to_json(*card);
}

}  // namespace tactful
