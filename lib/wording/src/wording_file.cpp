// The wording file: texts, structure, accepted findings, and what makes its fingerprint.
#include <algorithm>
#include <array>

#include "tactful/core/key.hpp"
#include "tactful/core/text.hpp"
#include "template_reader.hpp"
#include "wording_builder.hpp"

namespace tactful {

using wording_impl::add_numbers;
using wording_impl::add_once;
using wording_impl::is_language;
using wording_impl::join;
using wording_impl::quoted;
using wording_impl::Report;
using wording_impl::TemplateReader;

namespace {

constexpr std::string_view kSchema = "tactful/wording/1";
constexpr std::size_t kLongestText = 20'000;  // bytes of one text's source

Json to_json(const std::vector<std::string>& list) {
  Json json = Json::array();
  for (const std::string& item : list) json.push_back(item);
  return json;
}

Json to_json(const std::map<std::string, std::string, std::less<>>& map) {
  Json json = Json::object();
  for (const auto& [key, value] : map) json.set(key, value);
  return json;
}

Json to_json(const FieldFormat& format) {
  Json json = Json::object();
  if (const auto* number = std::get_if<NumberFormat>(&format)) {
    json.set("prefix", number->prefix).set("suffix", number->suffix);
    json.set("group", std::string(number->group == '\0' ? 0U : 1U, number->group));
    json.set("decimal", std::string(number->decimal == '\0' ? 0U : 1U, number->decimal));
    json.set("decimals", Json::array().push_back(number->least_decimals).push_back(number->most_decimals));
  } else if (const auto* moment = std::get_if<MomentFormat>(&format)) {
    Json parts = Json::array();
    for (const auto& [part, text] : moment->parts)
      parts.push_back(Json::array().push_back(static_cast<int>(part)).push_back(text));
    json.set("chinese", moment->chinese).set("parts", std::move(parts));
  } else if (const auto* choice = std::get_if<ChoiceFormat>(&format)) {
    for (const auto& [key, words] : choice->words) json.set(key, words);
  }
  return json;
}

Json to_json(const std::vector<WordingPiece>& pieces, const std::vector<WordingField>& fields) {
  Json json = Json::array();
  for (const WordingPiece& piece : pieces) {
    json.push_back(piece.literal);
    if (piece.field != WordingPiece::kNoField) json.push_back(Json::object().set("field", fields[piece.field].name));
  }
  return json;
}

Json to_json(const WordingField& field) {
  Json formats = Json::object();
  for (const auto& [language, format] : field.formats) formats.set(language, to_json(format));
  return Json::object()
      .set("type", to_string(field.type))
      .set("is", to_json(field.elements))
      .set("format", std::move(formats))
      .set("max_characters", field.most_characters)
      .set("min", field.least)
      .set("max", field.most)
      .set("everywhere", field.everywhere);
}

}  // namespace

WordingFile parse_wording(std::string_view text, std::string_view origin) {
  Report report;
  WordingFile file;
  Json json;
  if (wording_impl::open_file(text, origin, kSchema, json, report)) {
    WordingBuilder builder(report);
    builder.read(json);
    if (report.errors() == 0) file.wording = std::move(builder).take();
  }
  file.diagnostics = std::move(report).take();
  return file;
}

void WordingBuilder::read(const Json& json) {
  Members file(json, "",
               {"$schema", "schema", "key", "title", "scenario", "purpose", "note", "structure", "fields", "options",
                "texts", "allow"},
               *report_);
  (void)file.text("note");
  (void)file.require("key", "the file is called <key>.json");
  wording_->key_ = file.key("key");
  wording_->title_ = file.text("title", wording_->key_);
  wording_->scenario_ = file.key("scenario");
  wording_->purpose_ = file.choice("purpose", "service", wording_purposes());
  read_languages(file);
  read_structure(file);
  read_fields(file);
  read_options(file);
  check_option_times();
  read_texts(file);
  read_allowed(file);
  check_use();
  if (report_->errors() == 0) wording_->fingerprint_ = wording_impl::content_hash(content().canonical());
}

void WordingBuilder::read_languages(Members& file) {
  if (!file.require("texts", "write {\"zh\": {\"sms\": \"...\"}}")) return;
  const Json* texts = file.find("texts");
  if (!texts->is_object()) return;  // reported by read_texts
  for (const auto& [language, channels] : texts->as_object()) {
    if (is_language(language)) {
      languages_.push_back(language);
    } else {
      report_->error("language", file.at("texts") + append_pointer("", language),
                     quoted(language) + " is no language tag", "write zh, en or zh-Hant");
    }
  }
}

void WordingBuilder::read_structure(Members& file) {
  const Json* structure = file.member("structure", Json::Type::kObject);
  if (structure == nullptr) return;
  Members members(*structure, "/structure", *report_);
  for (const auto& [element, value] : structure->as_object()) {
    const auto elements = wording_elements();
    if (std::find(elements.begin(), elements.end(), element) == elements.end()) {
      const auto nearest = nearest_word(element, elements);
      report_->error("choice", members.at(element), quoted(element) + " is no element of a reminder",
                     nearest ? "perhaps " + quoted(*nearest) : "elements are " + join(elements));
      continue;
    }
    std::string words = members.text(element);
    if (value.is_string() && trim(words).empty()) report_->error("empty", members.at(element), "the text is empty");
    wording_->structure_.emplace(element, std::move(words));
  }
}

void WordingBuilder::read_texts(Members& file) {
  const Json* texts = file.member("texts", Json::Type::kObject);
  if (texts == nullptr) return;
  if (texts->as_object().empty()) report_->error("empty", "/texts", "there is no text");
  Members all(*texts, "/texts", *report_);
  for (const auto& [language, channels] : texts->as_object()) {
    if (!is_language(language)) continue;  // reported before
    Members by_channel(channels, all.at(language), {"sms", "call", "chat", "email", "app"}, *report_);
    if (channels.is_object() && channels.as_object().empty())
      report_->error("empty", all.at(language), "there is no text");
    for (const auto& [channel, value] : by_channel.all()) {
      const auto known = wording_channels();
      if (std::find(known.begin(), known.end(), channel) != known.end())
        read_text(language, channel, value, by_channel.at(channel));
    }
  }
}

void WordingBuilder::read_text(std::string_view language, std::string_view channel, const Json& value,
                               const std::string& pointer) {
  WordingText text;
  text.language = language;
  text.channel = channel;
  text.pointer = pointer;
  if (value.is_string()) {
    read_passage(text, value, pointer);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.as_array().size(); ++i)
      read_passage(text, value.as_array()[i], append_pointer(pointer, i));
  } else {
    report_->error("type", pointer, "a text or a list of passages was expected");
    return;
  }
  bool always = false;  // some words are shown to everyone
  for (const WordingPassage& passage : text.passages) {
    for (const WordingPiece& piece : passage.pieces) {
      always = always || ((passage.when.empty() || !passage.otherwise.empty()) &&
                          (!trim(piece.literal).empty() || piece.field != WordingPiece::kNoField));
    }
  }
  if (!always)
    report_->error("empty", pointer, "a customer outside the segments would get an empty text",
                   "add a passage without a condition");
  wording_->texts_.push_back(std::move(text));
}

void WordingBuilder::read_passage(WordingText& text, const Json& value, const std::string& pointer) {
  WordingPassage passage;
  std::vector<std::size_t> used;
  TemplateReader reader(wording_->fields_, wording_->options_, *report_);
  const auto compile = [&](const std::string& words, const std::string& where, std::vector<WordingPiece>& pieces) {
    if (words.size() > kLongestText)
      return report_->error("range", where, "the text is longer than " + std::to_string(kLongestText) + " bytes");
    std::vector<std::size_t> offered;
    reader.read(words, text.language, where, pieces, used, offered);
    for (const std::size_t option : offered) add_once(text.options, option);
    if (!offered.empty()) passage.elements.emplace_back("options");
    add_numbers(pieces, text.numbers);
  };
  if (value.is_string()) {
    compile(value.as_string(), pointer, passage.pieces);
  } else {
    Members member(value, pointer, {"text", "is", "when", "otherwise", "note"}, *report_);
    (void)member.text("note");
    (void)member.require("text", "the words of the passage");
    passage.elements = member.choices("is", wording_elements());
    compile(member.text("text"), member.at("text"), passage.pieces);
    read_when(member, passage);
    compile(member.text("otherwise"), member.at("otherwise"), passage.otherwise);
  }
  for (const std::size_t field : used) {
    add_once(text.fields, field);
    const auto& elements = wording_->fields_[field].elements;
    passage.elements.insert(passage.elements.end(), elements.begin(), elements.end());
  }
  std::sort(passage.elements.begin(), passage.elements.end());
  passage.elements.erase(std::unique(passage.elements.begin(), passage.elements.end()), passage.elements.end());
  text.passages.push_back(std::move(passage));
}

void WordingBuilder::read_when(Members& member, WordingPassage& passage) {
  const Json* when = member.member("when", Json::Type::kObject);
  if (when == nullptr) {
    if (member.find("otherwise") != nullptr)
      report_->error("unused", member.at("otherwise"), "otherwise needs a condition in when");
    return;
  }
  if (when->as_object().empty()) report_->error("empty", member.at("when"), "the condition names no attribute");
  Members conditions(*when, member.at("when"), *report_);
  for (const auto& [attribute, values] : when->as_object()) {
    if (!is_label(attribute))
      report_->error("label", conditions.at(attribute), quoted(attribute) + " is no attribute name");
    std::vector<std::string> accepted = conditions.texts(attribute);
    if (accepted.empty() && values.is_array() && values.as_array().empty())
      report_->error("empty", conditions.at(attribute), "no value is accepted");
    passage.when.emplace_back(attribute, std::move(accepted));
  }
}

void WordingBuilder::read_allowed(Members& file) {
  const Json* allow = file.member("allow", Json::Type::kArray);
  if (allow == nullptr) return;
  for (std::size_t i = 0; i < allow->as_array().size(); ++i) {
    Members member(allow->as_array()[i], append_pointer("/allow", i), {"rule", "reason", "by"}, *report_);
    for (const std::string_view name : {"rule", "reason", "by"})
      (void)member.require(name, "an accepted finding names the rule, why it is accepted, and by whom");
    AllowedRule allowed{member.text("rule"), member.text("reason"), member.text("by")};
    for (const auto& [name, words] :
         {std::pair{"rule", &allowed.rule}, std::pair{"reason", &allowed.reason}, std::pair{"by", &allowed.by}}) {
      if (member.find(name) != nullptr && member.find(name)->is_string() && trim(*words).empty())
        report_->error("empty", member.at(name), "the text is empty");
    }
    wording_->allowed_.push_back(std::move(allowed));
  }
}

// What is declared and never used is a mistake somewhere, but not a danger to a customer.
void WordingBuilder::check_use() {
  for (std::size_t i = 0; i < wording_->fields_.size(); ++i) {
    const bool used = std::any_of(wording_->texts_.begin(), wording_->texts_.end(), [&](const WordingText& text) {
      return std::binary_search(text.fields.begin(), text.fields.end(), i);
    });
    if (!used)
      report_->warning("unused", append_pointer("/fields", wording_->fields_[i].name), "no text uses the field");
  }
  for (std::size_t i = 0; i < wording_->options_.size(); ++i) {
    const bool used = std::any_of(wording_->texts_.begin(), wording_->texts_.end(), [&](const WordingText& text) {
      return std::binary_search(text.options.begin(), text.options.end(), i);
    });
    if (!used)
      report_->warning("unused", append_pointer("/options", i), "no text offers the option",
                       "write {options} or {option:" + wording_->options_[i].key + "}");
  }
}

Json WordingBuilder::content() const {
  Json fields = Json::object();
  for (const WordingField& field : wording_->fields_) fields.set(field.name, to_json(field));
  Json options = Json::array();
  for (const WordingOption& option : wording_->options_) {
    options.push_back(Json::object()
                          .set("key", option.key)
                          .set("text", to_json(option.text))
                          .set("time_field", option.time_field)
                          .set("time", to_json(option.time)));
  }
  Json texts = Json::object();
  for (const WordingText& text : wording_->texts_) {
    Json passages = Json::array();
    for (const WordingPassage& passage : text.passages) {
      Json when = Json::object();
      for (const auto& [attribute, values] : passage.when) when.set(attribute, to_json(values));
      passages.push_back(Json::object()
                             .set("text", to_json(passage.pieces, wording_->fields_))
                             .set("otherwise", to_json(passage.otherwise, wording_->fields_))
                             .set("is", to_json(passage.elements))
                             .set("when", std::move(when)));
    }
    texts.set(text.language + "/" + text.channel, std::move(passages));
  }
  Json allowed = Json::array();
  for (const AllowedRule& rule : wording_->allowed_) allowed.push_back(rule.rule);
  return Json::object()
      .set("schema", kSchema)
      .set("key", wording_->key_)
      .set("purpose", wording_->purpose_)
      .set("fields", std::move(fields))
      .set("options", std::move(options))
      .set("texts", std::move(texts))
      .set("allow", std::move(allowed));
}

}  // namespace tactful
