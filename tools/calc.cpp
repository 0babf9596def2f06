#include <cstdio>

#include "batch.hpp"
#include "calc_input.hpp"
#include "command.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

Result<Json> answer_request(const Json& request) {
  const Json* method = request.find("method");
  if (method == nullptr || !method->is_string())
    return Error{ErrorCode::kInvalidInput, "a request names its \"method\"", "method",
                 "all methods: tactful calc --list"};
  const Json* input = request.find("input");
  if (input == nullptr || !input->is_object())
    return Error{ErrorCode::kInvalidInput, "a request has an \"input\" object", "input", ""};
  auto output = stats::calculate(method->as_string(), *input);
  if (!output) return output.error();
  const Json* id = request.find("id");
  Json reply = Json::object();
  reply.set("id", id == nullptr ? Json() : *id)
      .set("method", method->as_string())
      .set("output", std::move(output).value());
  return reply;
}

std::string joined_fields(const stats::MethodInfo& method) {
  std::string text;
  for (const stats::FieldInfo& field : method.inputs) {
    if (!text.empty()) text += " ";
    text += field.required ? std::string(field.name) : "[" + std::string(field.name) + "]";
  }
  return text;
}

void list_methods(Console& console) {
  Table table{{"method", "question"}, {}};
  if (console.format != Format::kTable) table.columns = {"method", "question", "inputs", "outputs", "source"};
  for (const stats::MethodInfo& method : stats::methods()) {
    table.rows.push_back({method.name, method.question});
    if (console.format == Format::kTable) continue;
    auto& row = table.rows.back();
    row.insert(row.end(), {joined_fields(method), method.outputs, method.source});
  }
  console.out.write(render(table, console.format));
}

void explain_method(const stats::MethodInfo& method, Console& console) {
  console.out.line(std::string(method.name) + ": " + std::string(method.question));
  Table table{{"field", "holds", ""}, {}};
  for (const stats::FieldInfo& field : method.inputs)
    table.rows.push_back({"--" + std::string(field.name), describe_kind(field.kind), field.required ? "" : "optional"});
  console.out.write("\n" + render(table, Format::kTable));
  console.out.line("\nGives: " + std::string(method.outputs));
  console.out.line("Source: " + std::string(method.source));
}

// For people seven digits are plenty; programs get all of them.
std::string shown_value(const Json& value, Format format) {
  if (format != Format::kTable || value.type() != Json::Type::kNumber) return plain(value);
  char text[64];
  (void)std::snprintf(text, sizeof text, "%.7g", value.as_number());
  return text;
}

void print_value(Table& table, const std::string& name, const Json& value, Format format) {
  if (value.is_object()) {
    for (const auto& member : value.as_object()) print_value(table, name + "." + member.first, member.second, format);
    return;
  }
  const std::size_t dot = name.rfind('.');
  const std::string_view last =
      dot == std::string::npos ? std::string_view(name) : std::string_view(name).substr(dot + 1);
  std::string shown = value.is_null() ? "not defined: the data cannot answer" : shown_value(value, format);
  if (value.is_array()) {
    shown.clear();
    const bool is_pair = value.as_array().size() == 2;
    for (const Json& item : value.as_array())
      shown += (shown.empty() ? "" : is_pair ? " to " : ", ") + shown_value(item, format);
    if (!is_pair && format != Format::kTable) shown = value.dump();
  }
  table.rows.push_back({name, shown, meaning_of_output(last)});
}

void print_answer(const stats::MethodInfo& method, const Json& input, const Json& output, Console& console) {
  if (console.format == Format::kJson) {
    console.out.line(output.dump(2));
    return;
  }
  Table table{{"result", "value", "meaning"}, {}};
  for (const auto& member : output.as_object()) print_value(table, member.first, member.second, console.format);
  if (console.format != Format::kTable) {
    console.out.write(render(table, console.format));
    return;
  }
  console.out.line(std::string(method.name) + ": " + std::string(method.question));
  std::string given;
  for (const auto& member : input.as_object())
    given += (given.empty() ? "" : ", ") + member.first + " = " + plain(member.second);
  console.out.line("given " + printable(given) + "\n");
  console.out.write(render(table, Format::kTable));
  console.out.line("\nSource: " + std::string(method.source));
}

Result<int> run_calc(const Arguments& arguments, Console& console) {
  if (arguments.has("--batch")) return answer_lines(console, answer_request);
  if (arguments.has("--list")) {
    list_methods(console);
    return kDone;
  }
  const auto name = arguments.text("METHOD");
  if (!name)
    return Error{ErrorCode::kInvalidArgument, "give a METHOD, --list or --batch", "calc", "see: tactful calc --help"};
  const auto method = find_method(*name);
  if (!method) return method.error();
  if (arguments.free().empty()) {
    explain_method(**method, console);
    return kDone;
  }
  const auto input = input_of_flags(**method, arguments.free());
  if (!input) return input.error();
  const auto output = stats::calculate(*name, *input);
  if (!output) {
    // The input came from flags: a missing or ill-typed field is the command line's mistake.
    Error error = output.error();
    if (error.code == ErrorCode::kInvalidInput) error.code = ErrorCode::kInvalidArgument;
    for (const stats::FieldInfo& field : (*method)->inputs)
      if (error.where == field.name) error.where = "--" + error.where;
    if (error.hint.empty()) error.hint = "fields: tactful calc " + *name;
    return error;
  }
  print_answer(**method, *input, *output, console);
  return kDone;
}

}  // namespace

Command calc_command() {
  Command command;
  command.name = "calc";
  command.summary = "One statistical calculation by name: tests, intervals, bounds, sample sizes.";
  command.examples = {
      {"tactful calc prop_diff_ci --x_c 45 --n_c 1000 --x_t 62 --n_t 1000 --conf 0.95",
       "Difference of two rates with its intervals."},
      {"tactful calc srm_chi2 --counts 5012,4988 --weights 1,1", "Lists are given as 1,2,3 or as JSON."},
      {"tactful calc welch_t", "What a method needs and gives."},
      {"tactful calc --list", "Every method."},
      {"tactful calc --batch < requests.jsonl",
       "JSON lines {\"id\",\"method\",\"input\"} to {\"id\",\"method\",\"output\"} or {\"id\",\"error\"}."}};
  command.positionals = {{"METHOD", "Name of the calculation.", false}};
  command.options = {
      {"--list", "", "List the methods."},
      {"--batch", "", "Answer JSON lines from standard input; a bad line gets an error and the rest go on."}};
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.free_options = true;
  command.details =
      "Fields are flags of the same name. Control ends in _c, treatment in _t; levels are written 0.95. What the data "
      "cannot answer is "
      "\"not defined\" (null in JSON), never a made-up number. The table shows seven digits, --json all of them.";
  command.next = "tactful evaluate runs the planned tests of a whole experiment.";
  command.run = run_calc;
  return command;
}

}  // namespace tactful::tools
