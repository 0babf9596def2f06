#include "inputs.hpp"

#include <cmath>

#include "tactful/catalogue/wordings.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {

Error first_of(const Diagnostics& diagnostics, std::string_view otherwise, const std::filesystem::path& file) {
  std::size_t errors = 0;
  const Diagnostic* first = nullptr;
  for (const Diagnostic& finding : diagnostics) {
    if (finding.severity != Severity::kError) continue;
    first = first == nullptr ? &finding : first;
    ++errors;
  }
  std::string message = first == nullptr ? std::string(otherwise) : first->message;
  if (errors > 1) message += "; and " + std::to_string(errors - 1) + " more";
  return Error{ErrorCode::kInvalidExperiment, message, file.string() + (first == nullptr ? "" : ":" + first->pointer),
               "all findings: tactful check " + file.string()};
}

Result<Experiment> load_experiment(const std::filesystem::path& file) {
  auto read = read_experiment_with_wordings(file);
  if (!read) return read.error();
  if (read->experiment) return *std::move(read->experiment);
  return first_of(read->diagnostics, "no experiment", file);
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  const auto folder = file.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

Result<TimeMs> time_option(const Arguments& arguments, std::string_view name, UtcOffset offset) {
  const auto given = arguments.text(name);
  if (!given) return now_ms();
  const auto time = parse_time(*given, offset);
  if (time) return *time;
  return Error{ErrorCode::kInvalidArgument, time.error().message, std::string(name),
               "for example 2026-06-22 or 2026-06-22T09:30:00+08:00"};
}

Result<Pseudonymizer> store_key(const Arguments& arguments, const std::filesystem::path& store_file, bool store_in_use,
                                const Console& console) {
  const std::string purpose = arguments.text_or("--purpose", "reminders");
  if (const auto given = arguments.text("--key")) return Pseudonymizer::from_key_file(*given, purpose);
  const std::filesystem::path file = store_file.string() + ".key";
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) {
    if (store_in_use) {
      return Error{ErrorCode::kNotFound, "the store belongs to a key that is not here", file.string(),
                   "give the key's file with --key"};
    }
    if (const Status made = Pseudonymizer::create_key_file(file); !made) return made.error();
    console.note("made the key " + file.string() +
                 ": customer ids are stored under it and cannot be matched again without it.\n"
                 "  In production keep it elsewhere than the store (--key FILE) and back it up.");
  }
  return Pseudonymizer::from_key_file(file, purpose);
}

Result<Encoding> encoding_option(const Arguments& arguments) {
  const std::string name = arguments.text_or("--encoding", "utf-8");
  if (name == "utf-8" || name == "utf8") return Encoding::kUtf8;
  if (name == "gb18030" || name == "gbk") return Encoding::kGb18030;
  return Error{ErrorCode::kInvalidArgument, "\"" + printable(name) + "\" is neither utf-8 nor gb18030", "--encoding",
               ""};
}

Result<std::optional<Fraction>> fraction_option(const Arguments& arguments, std::string_view name) {
  if (!arguments.has(name)) return std::optional<Fraction>();
  const auto value = arguments.number(name, 0, 0, 1);
  if (!value) return value.error();
  const double millionths = *value * Fraction::kWhole;
  if (std::abs(millionths - std::round(millionths)) > 1e-6) {
    return Error{ErrorCode::kInvalidArgument, "\"" + *arguments.text(name) + "\" has more than six decimals",
                 std::string(name), ""};
  }
  return std::optional<Fraction>(Fraction{static_cast<std::int32_t>(std::lround(millionths))});
}

Result<std::size_t> find_variant(const Experiment& experiment, const std::string& variant) {
  if (const auto index = experiment.variant_index(variant)) return *index;
  std::vector<std::string> known;
  std::string names;
  for (const Variant& one : experiment.variants) {
    known.push_back(one.key);
    names += (names.empty() ? "" : ", ") + printable(one.key);
  }
  std::string hint = "its variants are " + names;
  if (const auto nearest = nearest_word(variant, known)) hint = "did you mean " + printable(*nearest) + "? " + hint;
  return Error{ErrorCode::kNotFound, "the experiment has no variant \"" + printable(variant) + "\"", "--variant", hint};
}

Json to_json(const IngestSummary& summary) {
  Json object = Json::object();
  object.set("read", summary.read)
      .set("added", summary.added)
      .set("duplicates", summary.duplicates)
      .set("conflicts", summary.conflicts)
      .set("forgotten", summary.forgotten)
      .set("expired", summary.expired);
  return object;
}

std::vector<std::string> comma_separated(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = trim(text.substr(0, comma));
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

}  // namespace tactful::tools
