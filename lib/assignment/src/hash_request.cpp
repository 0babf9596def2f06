#include <array>
#include <optional>
#include <vector>

#include "condition.hpp"
#include "schemes.hpp"
#include "tactful/assignment/hashing.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

constexpr double kTwoToMinus53 = 0x1p-53;
constexpr std::int64_t kLargestModulus = std::int64_t{1} << 32;
constexpr auto k60Bits = static_cast<double>(0xFFFFFFFFFFFFFFF);

Error refuse(std::string_view field, std::string message, std::string hint = {}) {
  return {ErrorCode::kInvalidInput, std::move(message), "/" + std::string(field), std::move(hint)};
}

struct Request {
  std::string_view seed;
  std::string_view unit;
  TextUnits units = TextUnits::kUtf16;
  std::optional<std::uint64_t> modulus;
};

struct Answer {
  Json bucket;
  Json value;  // null where the scheme has no number in [0, 1)
};

Answer of_modulus(std::uint64_t bucket, std::uint64_t modulus) {
  return {bucket, static_cast<double>(bucket) / static_cast<double>(modulus)};
}

Answer answer_tactful_1(const Request& request) {
  const std::uint64_t drawn = draw(draw_seed(request.seed), request.unit);
  return {std::to_string(drawn), static_cast<double>(drawn >> 11) * kTwoToMinus53};
}
Answer answer_growthbook_1(const Request& request) {
  return of_modulus(growthbook_1(request.seed, request.unit, request.units), 1000);
}
Answer answer_growthbook_2(const Request& request) {
  return of_modulus(growthbook_2(request.seed, request.unit, request.units), 10'000);
}
Answer answer_unleash_rollout(const Request& request) {
  return {unleash_rollout(request.seed, request.unit, request.modulus.value_or(100)), nullptr};
}
Answer answer_unleash_variant(const Request& request) {
  return {unleash_variant(request.seed, request.unit, request.modulus.value_or(1000)), nullptr};
}
Answer answer_optimizely(const Request& request) { return of_modulus(optimizely(request.seed, request.unit), 10'000); }
Answer answer_launchdarkly(const Request& request) {
  const std::uint64_t hash = sha1_60(request.seed, request.unit);
  return {std::to_string(hash), static_cast<double>(hash) / k60Bits};
}
Answer answer_planout(const Request& request) {
  const std::uint64_t hash = sha1_60(request.seed, request.unit);
  if (request.modulus) return of_modulus(hash % *request.modulus, *request.modulus);
  return {std::to_string(hash), static_cast<double>(hash) / k60Bits};
}
Answer answer_statsig(const Request& request) {
  const std::uint64_t hash = sha256_64(request.seed, request.unit);
  if (request.modulus) return of_modulus(hash % *request.modulus, *request.modulus);
  return {std::to_string(hash), static_cast<double>(hash % 10'000) / 10'000.0};
}
Answer answer_eppo(const Request& request) {
  const std::uint64_t shards = request.modulus.value_or(10'000);
  return of_modulus(md5_32(request.seed, request.unit) % shards, shards);
}

struct Scheme {
  std::string_view name;
  Answer (*answer)(const Request&);
  bool takes_modulus;
  bool takes_units;
};

constexpr std::array<Scheme, 10> kSchemes{{{"tactful-1", answer_tactful_1, false, false},
                                           {"growthbook-1", answer_growthbook_1, false, true},
                                           {"growthbook-2", answer_growthbook_2, false, true},
                                           {"unleash-rollout", answer_unleash_rollout, true, false},
                                           {"unleash-variant", answer_unleash_variant, true, false},
                                           {"optimizely", answer_optimizely, false, false},
                                           {"launchdarkly", answer_launchdarkly, false, false},
                                           {"planout", answer_planout, true, false},
                                           {"statsig", answer_statsig, true, false},
                                           {"eppo", answer_eppo, true, false}}};

Result<const Scheme*> find_scheme(const Json& request) {
  const Json* name = request.find("scheme");
  if (name == nullptr) return refuse("scheme", "the request has neither a \"scheme\" nor a \"condition\"");
  if (!name->is_string()) return refuse("scheme", "the scheme is no text");
  std::vector<std::string> known;
  for (const Scheme& scheme : kSchemes) {
    if (scheme.name == name->as_string()) return &scheme;
    known.emplace_back(scheme.name);
  }
  std::string all;
  for (const std::string& one : known) all += (all.empty() ? "" : ", ") + one;
  return refuse("scheme", "there is no scheme \"" + printable(name->as_string()) + "\"", "one of " + all);
}

Result<Request> read_request(const Json& json, const Scheme& scheme) {
  Request request;
  for (const std::string_view field : {"seed", "unit"}) {
    const Json* text = json.find(field);
    if (text == nullptr || !text->is_string())
      return refuse(field, "the text \"" + std::string(field) + "\" is missing");
    (field == "seed" ? request.seed : request.unit) = text->as_string();
  }
  if (const Json* modulus = json.find("modulus")) {
    if (!scheme.takes_modulus) return refuse("modulus", "the scheme " + std::string(scheme.name) + " takes no modulus");
    if (!modulus->is_integer() || modulus->as_integer() < 1 || modulus->as_integer() > kLargestModulus) {
      return refuse("modulus", "the modulus is no whole number from 1 to 4294967296");
    }
    request.modulus = static_cast<std::uint64_t>(modulus->as_integer());
  }
  if (const Json* units = json.find("units")) {
    if (!scheme.takes_units)
      return refuse("units", "the scheme " + std::string(scheme.name) + " hashes bytes and takes no units");
    const std::string name = units->is_string() ? units->as_string() : "";
    if (name != "utf16" && name != "utf8" && name != "codepoint") {
      return refuse("units", "the units are none of utf16, utf8, codepoint");
    }
    request.units = name == "utf16" ? TextUnits::kUtf16 : name == "utf8" ? TextUnits::kUtf8 : TextUnits::kCodePoint;
  }
  return request;
}

Result<Json> answer_condition(const Json& request, Json answer) {
  const Json no_groups = Json::object();
  const Json* attributes = request.find("attributes");
  if (attributes == nullptr || !attributes->is_object())
    return refuse("attributes", "the object \"attributes\" is missing");
  const Json* groups = request.find("saved_groups");
  if (groups != nullptr && !groups->is_object()) return refuse("saved_groups", "the saved groups are no object");
  const auto condition = Condition::compile(*request.find("condition"), "/condition", Condition::Mode::kLenient,
                                            groups == nullptr ? no_groups : *groups);
  if (!condition) {
    Error error = condition.error();
    error.code = ErrorCode::kInvalidInput;
    return error;
  }
  answer.set("match", condition->matches(AttributeSource(*attributes)));
  return answer;
}

}  // namespace

Result<Json> answer_hash_request(const Json& request) {
  if (!request.is_object()) return Error{ErrorCode::kInvalidInput, "a request is a JSON object", "", ""};
  Json answer = Json::object();
  if (const Json* id = request.find("id")) answer.set("id", *id);
  if (request.find("condition") != nullptr) return answer_condition(request, std::move(answer));
  const auto scheme = find_scheme(request);
  if (!scheme) return scheme.error();
  const auto read = read_request(request, **scheme);
  if (!read) return read.error();
  const Answer result = (*scheme)->answer(*read);
  answer.set("bucket", result.bucket).set("value", result.value);
  return answer;
}

}  // namespace tactful
