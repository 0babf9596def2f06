#include "tactful/core/json.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "tactful/core/text.hpp"

namespace tactful {
namespace {

using Nlohmann = nlohmann::ordered_json;

constexpr std::size_t kDeepest = 100;

// Builds a Json from nlohmann's events and refuses what its tree would silently accept: duplicate keys, deep nesting.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return put(Json()); }
  bool boolean(bool value) override { return put(Json(value)); }
  bool number_integer(number_integer_t value) override { return put(Json(value)); }
  bool number_unsigned(number_unsigned_t value) override { return put(Json(value)); }
  bool number_float(number_float_t value, const string_t& text) override {
    if (!std::isfinite(value)) return refuse("the number " + text + " is too large");
    return put(Json(value));
  }
  bool string(string_t& value) override { return put(Json(std::move(value))); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return open(Json::object()); }
  bool start_array(std::size_t /*size*/) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    Frame& frame = open_.back();
    if (!frame.keys.insert(name).second) return refuse("the key \"" + name + "\" stands twice in one object");
    frame.key = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    position_ = position;
    message_ = error.what();
    return false;
  }

  Json result;
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] std::optional<std::size_t> position() const { return position_; }

 private:
  struct Frame {
    Json value;
    std::string key;
    std::set<std::string, std::less<>> keys;
  };

  bool put(Json value) {
    if (open_.empty()) {
      result = std::move(value);
    } else if (open_.back().value.is_array()) {
      open_.back().value.push_back(std::move(value));
    } else {
      open_.back().value.as_object().emplace_back(std::move(open_.back().key), std::move(value));
    }
    return true;
  }
  bool open(Json value) {
    if (open_.size() == kDeepest) return refuse("it nests deeper than " + std::to_string(kDeepest) + " levels");
    open_.push_back(Frame{std::move(value), {}, {}});
    return true;
  }
  bool close() {
    Json value = std::move(open_.back().value);
    open_.pop_back();
    return put(std::move(value));
  }
  bool refuse(std::string message) {
    message_ = std::move(message);
    return false;
  }

  std::vector<Frame> open_;
  std::string message_;
  std::optional<std::size_t> position_;
};

std::string line_and_column(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, std::min(position, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n');
  const std::size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
  return std::to_string(line) + ":" + std::to_string(column);
}

// nlohmann says "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing value -
// invalid literal; last read: 'x'; expected ...". The position is ours to say, and what was last read may end within a
// character.
std::string in_words(const std::string& message) {
  const std::size_t syntax = message.find("syntax error");
  const std::size_t dash = syntax == std::string::npos ? std::string::npos : message.find(" - ", syntax);
  if (dash == std::string::npos) {
    const std::size_t colon = message.find(": ");
    return colon == std::string::npos ? message : message.substr(colon + 2);
  }
  std::string text = message.substr(dash + 3);
  const std::size_t last = text.find("; last read: '");
  if (last != std::string::npos && find_invalid_utf8(text)) {
    const std::size_t end = text.rfind('\'');
    text.erase(last, end > last + 14 ? end + 1 - last : std::string::npos);
  }
  return "this is no JSON: " + text;
}

// What is no text at all is said so, instead of where the parser stumbled over it.
std::optional<Error> not_text(std::string_view text, std::string_view origin) {
  const auto at = [&](std::size_t position) { return std::string(origin) + ":" + line_and_column(text, position); };
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return Error{ErrorCode::kInvalidInput, "a NUL byte where JSON text was expected", at(nul),
                 "is it a binary file, or UTF-16? JSON is UTF-8"};
  }
  if (const auto bad = find_invalid_utf8(text)) {
    return Error{ErrorCode::kInvalidInput, "text that is not UTF-8", at(*bad), "save the file as UTF-8"};
  }
  return std::nullopt;
}

// An iterator that counts what nlohmann has consumed, to locate the errors that it does not report itself.
struct CountingIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at;
  const char** furthest;

  reference operator*() const { return *at; }
  CountingIterator& operator++() {
    ++at;
    *furthest = at;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at == other.at; }
  bool operator!=(const CountingIterator& other) const { return at != other.at; }
};

Nlohmann to_nlohmann(const Json& value, bool sorted) {
  switch (value.type()) {
    case Json::Type::kNull:
      return nullptr;
    case Json::Type::kBool:
      return value.as_bool();
    case Json::Type::kInteger:
      return value.as_integer();
    case Json::Type::kNumber:
      return value.as_number();
    case Json::Type::kString:
      return value.as_string();
    case Json::Type::kArray: {
      Nlohmann array = Nlohmann::array();
      for (const Json& item : value.as_array()) array.push_back(to_nlohmann(item, sorted));
      return array;
    }
    case Json::Type::kObject: {
      std::vector<const Json::Member*> members;
      for (const Json::Member& member : value.as_object()) members.push_back(&member);
      if (sorted) {
        std::sort(members.begin(), members.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
      }
      Nlohmann object = Nlohmann::object();
      // ordered_json's operator[] searches linearly; its vector base appends at once.
      for (const Json::Member* member : members) {
        object.get_ref<Nlohmann::object_t&>().emplace_back(member->first, to_nlohmann(member->second, sorted));
      }
      return object;
    }
  }
  return nullptr;
}

std::string dump_text(const Json& value, int indent, bool sorted) {
  return to_nlohmann(value, sorted).dump(indent, ' ', false, Nlohmann::error_handler_t::replace);
}

}  // namespace

double Json::as_number() const { return is_integer() ? static_cast<double>(as_integer()) : std::get<double>(value_); }

const Json* Json::find(std::string_view key) const noexcept {
  const Object* object = std::get_if<Object>(&value_);
  if (object == nullptr) return nullptr;
  for (const Member& member : *object) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

Json& Json::set(std::string key, Json value) {
  Object& object = as_object();
  for (Member& member : object) {
    if (member.first == key) {
      member.second = std::move(value);
      return *this;
    }
  }
  object.emplace_back(std::move(key), std::move(value));
  return *this;
}

Json& Json::push_back(Json value) {
  as_array().push_back(std::move(value));
  return *this;
}

std::string Json::dump(int indent) const { return dump_text(*this, indent, false); }
std::string Json::canonical() const { return dump_text(*this, -1, true); }

Result<Json> parse_json(std::string_view text, std::string_view origin) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return Error{ErrorCode::kInvalidInput, "it is empty where a JSON value was expected", std::string(origin) + ":1:1",
                 ""};
  }
  Builder builder;
  const char* furthest = text.data();
  const CountingIterator begin{text.data(), &furthest};
  const CountingIterator end{text.data() + text.size(), &furthest};
  if (nlohmann::json::sax_parse(begin, end, &builder)) return std::move(builder.result);
  if (const auto error = not_text(text, origin)) return *error;
  std::size_t position = static_cast<std::size_t>(furthest - text.data());
  std::string message = builder.message();
  if (builder.position()) {
    position = *builder.position() == 0 ? 0 : *builder.position() - 1;
    message = in_words(message);
  }
  return Error{ErrorCode::kInvalidInput, message, std::string(origin) + ":" + line_and_column(text, position), ""};
}

std::string append_pointer(std::string_view pointer, std::string_view token) {
  std::string result(pointer);
  result += '/';
  for (const char c : token) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else {
      result += c;
    }
  }
  return result;
}

std::string append_pointer(std::string_view pointer, std::size_t index) {
  return std::string(pointer) + "/" + std::to_string(index);
}

}  // namespace tactful
