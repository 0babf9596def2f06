// The declarations of a wording file: fields and options.
#include <algorithm>
#include <array>

#include "field_format.hpp"
#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"
#include "wording_builder.hpp"

namespace tactful {

using wording_impl::compile_format;
using wording_impl::default_format;
using wording_impl::default_sample;
using wording_impl::is_language;
using wording_impl::quoted;

namespace {

constexpr std::array<std::string_view, 8> kTypes{"text", "integer", "money", "date", "time", "phone", "url", "choice"};
constexpr std::size_t kMostFields = 100;
constexpr std::size_t kMostOptions = 20;

}  // namespace

void WordingBuilder::read_fields(Members& file) {
  const Json* fields = file.member("fields", Json::Type::kObject);
  if (fields == nullptr) return;
  if (fields->as_object().size() > kMostFields) {
    report_->error("range", "/fields", "more than " + std::to_string(kMostFields) + " fields");
    return;
  }
  for (const auto& [name, value] : fields->as_object()) {
    const std::string pointer = append_pointer("/fields", name);
    if (!is_key(name) || name == "options") {
      report_->error("key", pointer, quoted(name) + (name == "options" ? " stands for the options" : " is no key"),
                     "a field's name is 1 to 64 of a-z, 0-9, '-', '_'");
    } else {
      read_field(name, value, pointer);
    }
  }
}

void WordingBuilder::read_field(const std::string& name, const Json& value, const std::string& pointer) {
  Members member(value, pointer,
                 {"type", "is", "format", "choices", "sample", "max_characters", "min", "max", "everywhere", "note"},
                 *report_);
  WordingField field;
  field.name = name;
  (void)member.require("type", "one of text, integer, money, date, time, phone, url, choice");
  const std::string type = member.choice("type", "text", kTypes);
  field.type = static_cast<WordingFieldType>(std::find(kTypes.begin(), kTypes.end(), type) - kTypes.begin());
  field.elements = member.choices("is", wording_elements());
  field.everywhere = member.boolean("everywhere", true);
  (void)member.text("note");
  const bool number = field.type == WordingFieldType::kInteger || field.type == WordingFieldType::kMoney;
  const std::int64_t widest = 999'999'999'999'999;
  field.most_characters = static_cast<std::size_t>(member.integer("max_characters", 200, 1, 2000));
  field.least = member.integer("min", 0, field.type == WordingFieldType::kMoney ? 0 : -widest, widest);
  field.most = member.integer("max", widest, 0, widest);
  if (field.least > field.most) report_->error("range", pointer, "min is above max");
  if (!number && (member.find("min") != nullptr || member.find("max") != nullptr)) {
    report_->error("unused", pointer, "min and max are for integer and money", "for text write max_characters");
  }
  if (field.type != WordingFieldType::kText && member.find("max_characters") != nullptr) {
    report_->error("unused", member.at("max_characters"), "max_characters is for text");
  }
  std::string first_choice;
  if (field.type == WordingFieldType::kChoice) {
    read_choices(member, field, first_choice);
  } else {
    if (member.find("choices") != nullptr)
      report_->error("unused", member.at("choices"), "choices are for fields of type choice");
    read_formats(member, field);
  }
  read_sample(member, field, first_choice);
  wording_->fields_.push_back(std::move(field));
}

void WordingBuilder::read_formats(Members& member, WordingField& field) {
  for (const std::string& language : languages_) {
    const std::string_view pattern = default_format(field.type, language);
    if (!pattern.empty()) (void)compile_format(field.type, language, pattern, field.formats[language]);
  }
  const Json* formats = member.member("format", Json::Type::kObject);
  if (formats == nullptr) return;
  for (const auto& [language, pattern] : formats->as_object()) {
    const std::string pointer = append_pointer(member.at("format"), language);
    if (std::find(languages_.begin(), languages_.end(), language) == languages_.end()) {
      report_->error("language", pointer, "the wording has no text in " + quoted(language));
    } else if (!pattern.is_string()) {
      report_->error("type", pointer, "a text was expected", "for example #,##0.00 or yyyy-MM-dd");
    } else {
      FieldFormat format;
      const auto fault = compile_format(field.type, language, pattern.as_string(), format);
      if (fault) report_->error("format", pointer, quoted(pattern.as_string()) + ": " + *fault);
      field.formats[language] = std::move(format);
    }
  }
}

void WordingBuilder::read_choices(Members& member, WordingField& field, std::string& first) {
  if (!member.require("choices", "write {\"key\": {\"zh\": ..., \"en\": ...}}")) return;
  const Json* choices = member.member("choices", Json::Type::kObject);
  if (choices == nullptr) return;
  if (choices->as_object().empty()) report_->error("empty", member.at("choices"), "there is no choice");
  Members all(*choices, member.at("choices"), *report_);
  for (const auto& [key, words] : choices->as_object()) {
    if (!is_key(key)) report_->error("key", all.at(key), quoted(key) + " is no key");
    if (first.empty()) first = key;
    for (const auto& [language, text] : words_by_language(all, key)) {
      auto& format = field.formats[language];
      if (!std::holds_alternative<ChoiceFormat>(format)) format = ChoiceFormat{};
      if (text.find_first_of("{}") != std::string::npos)
        report_->error("template", all.at(key), "a choice's words hold no braces");
      std::get<ChoiceFormat>(format).words.emplace_back(key, text);
    }
  }
}

void WordingBuilder::read_sample(Members& member, WordingField& field, std::string_view first_choice) {
  if (member.find("sample") == nullptr) {
    field.sample = default_sample(field, first_choice);
    return;
  }
  field.sample = member.text("sample");
  std::optional<std::string> fault = find_fault(field, field.sample);
  for (const auto& [language, format] : field.formats) {
    std::string shown;
    if (!fault && !append_formatted(shown, format, field.sample))
      fault = "has more decimals than the format in " + language + " shows";
  }
  if (fault) report_->error("sample", member.at("sample"), "the sample " + *fault);
}

std::map<std::string, std::string, std::less<>> WordingBuilder::words_by_language(Members& member,
                                                                                  std::string_view name) {
  std::map<std::string, std::string, std::less<>> words;
  const Json* value = member.member(name, Json::Type::kObject);
  if (value == nullptr) return words;
  Members by_language(*value, member.at(name), *report_);
  for (const auto& [language, text] : value->as_object()) {
    if (std::find(languages_.begin(), languages_.end(), language) == languages_.end()) {
      report_->error("language", by_language.at(language), "the wording has no text in " + quoted(language));
    } else if (!text.is_string() || trim(text.as_string()).empty()) {
      report_->error("type", by_language.at(language), "words were expected");
    } else {
      words.emplace(language, text.as_string());
    }
  }
  for (const std::string& language : languages_) {
    if (value->find(language) == nullptr)
      report_->error("missing", by_language.at(language), "the words in " + language + " are missing");
  }
  return words;
}

void WordingBuilder::read_options(Members& file) {
  const Json* options = file.member("options", Json::Type::kArray);
  if (options == nullptr) return;
  if (options->as_array().size() > kMostOptions) {
    report_->error("range", "/options", "more than " + std::to_string(kMostOptions) + " options",
                   "a reminder offers two or three");
    return;
  }
  for (std::size_t i = 0; i < options->as_array().size(); ++i)
    read_option(options->as_array()[i], append_pointer("/options", i));
}

void WordingBuilder::read_option(const Json& value, const std::string& pointer) {
  Members member(value, pointer, {"key", "text", "time", "note"}, *report_);
  WordingOption option;
  (void)member.require("key", "a short name such as a, b, c");
  option.key = member.key("key");
  (void)member.text("note");
  for (const WordingOption& other : wording_->options_) {
    if (!option.key.empty() && other.key == option.key)
      report_->error("duplicate", member.at("key"), quoted(option.key) + " is an option already");
  }
  if (member.require("text", "write {\"zh\": ..., \"en\": ...}")) option.text = words_by_language(member, "text");
  if (member.require("time",
                     "name the field that says when, {\"field\": \"due_date\"}, or the words, {\"zh\": \"24 小时内\", "
                     "\"en\": \"within 24 hours\"}")) {
    const Json* time = member.find("time");
    if (time->find("field") != nullptr) {
      Members by_field(*time, member.at("time"), {"field"}, *report_);
      option.time_field = by_field.key("field");
    } else {
      option.time = words_by_language(member, "time");
    }
  }
  wording_->options_.push_back(std::move(option));
}

// The words that say when stand in the option's text, in every language.
void WordingBuilder::check_option_times() {
  for (std::size_t i = 0; i < wording_->options_.size(); ++i) {
    const WordingOption& option = wording_->options_[i];
    const std::string pointer = append_pointer("/options", i) + "/time";
    if (!option.time_field.empty() && wording_->find_field(option.time_field) == nullptr) {
      report_->error("unknown-name", pointer + "/field", "there is no field " + quoted(option.time_field));
      continue;
    }
    for (const auto& [language, text] : option.text) {
      const auto literal = option.time.find(language);
      const std::string wanted = !option.time_field.empty()     ? "{" + option.time_field + "}"
                                 : literal == option.time.end() ? ""
                                                                : literal->second;
      if (!wanted.empty() && text.find(wanted) == std::string::npos) {
        report_->error("option-time", append_pointer(pointer, language),
                       "the option's text does not say when: " + quoted(wanted) + " is not in it",
                       "a customer chooses between options only when each says by when it happens");
      }
    }
  }
}

}  // namespace tactful
