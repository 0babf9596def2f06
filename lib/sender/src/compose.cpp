#include "compose.hpp"

#include <algorithm>
#include <set>
#include <variant>
#include <vector>

#include "segment_values.hpp"

namespace tactful {
namespace {

constexpr std::string_view kMissingField = "missing_field", kWordingRule = "wording_rule", kNoText = "no_text";

std::string_view language_for(const MessageRequest& request, const Wording& wording) {
  if (!request.language.empty()) return request.language;
  for (const Attribute& attribute : request.subject->attributes) {
    const auto* text = std::get_if<std::string_view>(&attribute.value);
    if (attribute.name == "language" && text != nullptr && !text->empty()) return *text;
  }
  for (const WordingText& text : wording.texts()) {
    if (text.channel == request.channel) return text.language;
  }
  return {};
}

Composed from_file(const MessageRequest& request, const Wording& wording, std::string_view language) {
  std::vector<FieldValue> values;
  values.reserve(request.fields.size());
  for (const Field& field : request.fields) values.push_back({field.name, field.value});
  const SegmentValues attributes(request.subject->attributes);
  std::vector<FieldValue> segments;
  segments.reserve(attributes.pairs().size());
  for (const auto& [name, value] : attributes.pairs()) segments.push_back({name, value});
  Composed composed{wording.render(language, request.channel, values, segments)};
  if (!composed.text) composed.reason = composed.text.error().code == ErrorCode::kNotFound ? kNoText : kMissingField;
  return composed;
}

// A plain text declares no types. What is called a link is one, and everything else is a text: no brace of another
// system, no control character, no web address that a customer typed.
WordingField assumed(const std::string& name) {
  WordingField field;
  field.name = name;
  const bool is_link = name == "link" || name == "url" || name.ends_with("_link") || name.ends_with("_url") ||
                       name.ends_with("-link") || name.ends_with("-url");
  field.type = is_link ? WordingFieldType::kUrl : WordingFieldType::kText;
  field.most_characters = 500;
  return field;
}

Composed from_plain_text(const MessageRequest& request, const MessageTemplate& words) {
  Composed composed{words.render(request.fields), {}};
  std::string faults, names;
  for (const std::string& name : words.fields()) {
    const auto given = std::find_if(request.fields.begin(), request.fields.end(),
                                    [&](const Field& field) { return field.name == name; });
    // What is blank is missing, and is named already.
    if (given == request.fields.end() || given->value.find_first_not_of(" \t\r\n") == std::string_view::npos) continue;
    const WordingField field = assumed(name);
    const auto fault = find_fault(field, given->value);
    if (!fault) continue;
    faults += (faults.empty() ? "" : "; ") + name + " (" + std::string(to_string(field.type)) + ") " + *fault;
    names += (names.empty() ? "" : ", ") + name;
  }
  if (!faults.empty()) {
    const bool missing = !composed.text;
    std::string message = missing ? composed.text.error().message + "; " : std::string();
    std::string where = missing ? composed.text.error().where + ", " + names : names;
    composed.text = Error{ErrorCode::kInvalidInput, message + "fields that cannot be filled in: " + faults,
                          std::move(where), "give each of them a value of its type; nothing was rendered"};
  }
  if (!composed.text) composed.reason = kMissingField;
  return composed;
}

// Names the rules; never the words, which may be the customer's.
Error refused(const std::vector<RuleFinding>& found, const std::string& variant) {
  std::set<std::string> ids;
  for (const RuleFinding& one : found) ids.insert(one.rule->id);
  std::string list;
  for (const std::string& id : ids) list += (list.empty() ? "" : ", ") + id;
  return {ErrorCode::kRefused,
          "the text of variant '" + variant + "' breaks " + (ids.size() == 1 ? "the rule " : "the rules ") + list +
              " with this customer's values: " + std::string(in_language(found.front().rule->reason, "en")),
          "variant", "look at the values of the fields; the words alone were checked when they were loaded"};
}

}  // namespace

Composed compose(const MessageRequest& request, std::size_t variant) {
  const CompiledExperiment& compiled = *request.experiment;
  const Variant& words = compiled.experiment.variants[variant];
  const Wording* wording = compiled.wordings[variant].get();
  if (wording == nullptr && words.text.empty()) {
    return {Error{ErrorCode::kNotFound, "variant '" + words.key + "' has no text", "variant",
                  "the program that sends has its own text for it, or the experiment file lacks one"},
            kNoText, false};
  }
  RuleContext context{{}, request.channel, compiled.experiment.purpose};
  Composed composed{std::string()};
  if (wording != nullptr) {
    const std::string_view language = language_for(request, *wording);
    context.language = language;
    context.purpose = wording->purpose();
    composed = from_file(request, *wording, language);
  } else {
    composed = from_plain_text(request, compiled.templates[variant]);
  }
  if (!composed.text) return composed;
  const auto found = forbidding(compiled.rules.get(), *composed.text, wording, context);
  if (found.empty()) return composed;
  return {refused(found, words.key), kWordingRule};
}

}  // namespace tactful
