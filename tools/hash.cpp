#include "batch.hpp"
#include "command.hpp"
#include "tactful/assignment/hashing.hpp"

namespace tactful::tools {
namespace {

Result<Json> answer_with_id(const Json& request) {
  auto answer = answer_hash_request(request);
  const Json* id = request.find("id");
  if (!answer || id == nullptr || answer->find("id") != nullptr) return answer;
  Json object = Json::object();
  object.set("id", *id);
  for (const auto& member : answer->as_object()) object.set(member.first, member.second);
  return object;
}

Result<int> run_hash(const Arguments& arguments, Console& console) {
  if (arguments.has("--batch")) return answer_lines(console, answer_with_id);
  const auto units = arguments.all("UNIT");
  if (units.empty())
    return Error{ErrorCode::kInvalidArgument, "give at least one UNIT, or --batch", "hash", "see: tactful hash --help"};
  if (!arguments.has("--scheme") || !arguments.has("--seed"))
    return Error{ErrorCode::kInvalidArgument, "needs --scheme and --seed", "hash", "see: tactful hash --help"};
  Table table{{"unit", "bucket", "value"}, {}};
  for (const std::string& unit : units) {
    Json request = Json::object();
    request.set("scheme", *arguments.text("--scheme")).set("seed", *arguments.text("--seed")).set("unit", unit);
    if (arguments.has("--modulus")) {
      const auto modulus = arguments.integer("--modulus", 0, 1, INT64_C(1) << 53);
      if (!modulus) return modulus.error();
      request.set("modulus", *modulus);
    }
    if (const auto encoding = arguments.text("--units")) request.set("units", *encoding);
    const auto answer = answer_hash_request(request);
    if (!answer) {
      // Here the request came from flags, so the mistake is the command line's.
      Error error = answer.error();
      if (error.code == ErrorCode::kInvalidInput) error.code = ErrorCode::kInvalidArgument;
      if (error.where.size() > 1 && error.where.front() == '/') error.where = "--" + error.where.substr(1);
      return error;
    }
    const Json* bucket = answer->find("bucket");
    const Json* value = answer->find("value");
    table.rows.push_back({Json(unit), bucket == nullptr ? Json() : *bucket, value == nullptr ? Json() : *value});
  }
  console.out.write(render(table, console.format));
  return kDone;
}

}  // namespace

Command hash_command() {
  Command command;
  command.name = "hash";
  command.summary = "Buckets of a hashing scheme: Tactful's own and those of other platforms.";
  command.examples = {
      {"tactful hash --scheme tactful-1 --seed variant:payment-reminder C-1001 C-1002", "The draws of two customers."},
      {"tactful hash --scheme growthbook-2 --seed my-test user-1", "Where another platform would put this user."},
      {"tactful hash --batch < requests.jsonl",
       "JSON lines {\"id\",\"scheme\",\"seed\",\"unit\"} to {\"id\",\"bucket\",\"value\"}; "
       "{\"id\",\"condition\",\"attributes\"} to "
       "{\"id\",\"match\"}."}};
  command.positionals = {{"UNIT", "An id to hash.", false, true}};
  command.options = {
      {"--scheme", "NAME",
       "tactful-1, growthbook-1, growthbook-2, unleash-rollout, unleash-variant, optimizely, launchdarkly, planout, "
       "statsig, eppo."},
      {"--seed", "TEXT", "What the scheme puts before the unit, without the separator."},
      {"--modulus", "N", "Number of buckets, where the scheme leaves it open."},
      {"--units", "HOW", "How growthbook schemes read text: utf16 (default), utf8, codepoint."},
      {"--batch", "", "Answer JSON lines from standard input; a bad line gets an error and the rest go on."}};
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details =
      "`bucket` is the scheme's integer (a text where it can pass 2^53), `value` its number in [0,1) where it has one.";
  command.next = "tactful assign shows what an experiment does with a unit.";
  command.run = run_hash;
  return command;
}

}  // namespace tactful::tools
