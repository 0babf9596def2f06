#include "ledger_fields.hpp"

#include "tactful/core/text.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful {

void BodyReader::fail(std::string message) {
  if (!status_) return;
  status_ = Error{ErrorCode::kInvalidExperiment, std::move(message), "ledger entry " + std::to_string(entry_.sequence),
                  "a newer release may have written it; nothing is decided by a ledger that is not understood"};
}

const Json* BodyReader::find(std::string_view member, std::string_view type) {
  const Json* found = entry_.body.find(member);
  const bool fits = found != nullptr && (type == "text"      ? found->is_string()
                                         : type == "integer" ? found->is_integer()
                                         : type == "object"  ? found->is_object()
                                                             : found->is_array());
  if (fits) return found;
  fail("the body of a " + std::string(to_string(entry_.action)) + " has no " + std::string(type) + " \"" +
       std::string(member) + "\"");
  return nullptr;
}

std::string BodyReader::text(std::string_view member) {
  const Json* found = find(member, "text");
  return found == nullptr ? std::string() : found->as_string();
}

std::string BodyReader::optional_text(std::string_view member) {
  const Json* found = entry_.body.find(member);
  return found == nullptr || found->is_null() ? std::string() : text(member);
}

std::int64_t BodyReader::integer(std::string_view member) {
  const Json* found = find(member, "integer");
  return found == nullptr ? 0 : found->as_integer();
}

TimeMs BodyReader::time(std::string_view member) {
  const Json* found = find(member, "text");
  if (found == nullptr) return 0;
  const auto time = parse_time(found->as_string());
  if (time) return *time;
  fail("\"" + std::string(member) + "\" is no time: " + time.error().message);
  return 0;
}

const Json& BodyReader::object(std::string_view member) {
  static const Json kNothing = Json::object();
  const Json* found = find(member, "object");
  return found == nullptr ? kNothing : *found;
}

const Json::Array& BodyReader::list(std::string_view member) {
  static const Json::Array kNothing;
  const Json* found = find(member, "list");
  return found == nullptr ? kNothing : found->as_array();
}

LedgerEntry new_entry(const Experiment& experiment, LedgerAction action, std::string by, std::string role, TimeMs at,
                      Json body) {
  LedgerEntry entry;
  entry.at = at;
  entry.by = std::move(by);
  entry.role = std::move(role);
  entry.action = action;
  entry.experiment = experiment.key;
  entry.fingerprint = fingerprint(experiment);
  entry.body = std::move(body);
  return entry;
}

Json rollout_policy(const Policy& policy) {
  Json steps = Json::array();
  for (const Fraction share : policy.rollout) steps.push_back(share.millionths);
  return Json::object()
      .set("rollout_millionths", std::move(steps))
      .set("holdback_millionths", policy.holdback.millionths)
      .set("final_holdback_millionths", policy.final_holdback.millionths)
      .set("horizon_weeks", policy.horizon_weeks);
}

Error nobody(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message), "by", "give a name"}; }

}  // namespace tactful
