#include "batch.hpp"

#include "line_reader.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

std::string answer_line(std::string_view line, const std::string& where, std::int64_t& failed,
                        const std::function<Result<Json>(const Json&)>& answer) {
  const auto request = parse_json(line, where);
  Json id;
  if (request && request->is_object())
    if (const Json* given = request->find("id")) id = *given;
  Result<Json> reply = !request ? Result<Json>(request.error())
                       : !request->is_object()
                           ? Result<Json>(Error{ErrorCode::kInvalidInput, "a request is a JSON object", where, ""})
                           : answer(*request);
  if (reply) return reply->dump();
  ++failed;
  const Error& error = reply.error();
  Json about = Json::object();
  about.set("code", to_string(error.code)).set("message", error.message);
  if (!error.where.empty()) about.set("where", error.where);
  if (!error.hint.empty()) about.set("hint", error.hint);
  Json object = Json::object();
  object.set("id", id).set("error", about);
  return object.dump();
}

}  // namespace

Result<int> answer_lines(Console& console, const std::function<Result<Json>(const Json& request)>& answer) {
  auto reader = LineReader::open("-");
  if (!reader) return reader.error();
  std::int64_t lines = 0, failed = 0;
  while (console.out.ok()) {
    if ((*reader)->at_end_of_buffer()) console.out.flush();
    const auto line = (*reader)->next();
    if (!line) return line.error();
    if (!line->has_value()) break;
    if (trim(**line).empty()) continue;
    ++lines;
    console.out.line(answer_line(**line, "line " + std::to_string((*reader)->line()), failed, answer));
  }
  if (failed > 0)
    console.note(std::to_string(failed) + " of " + std::to_string(lines) + " requests had errors; see their answers");
  return kDone;
}

}  // namespace tactful::tools
