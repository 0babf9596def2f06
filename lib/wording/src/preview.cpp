#include "preview.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "tactful/core/text.hpp"

namespace tactful {
namespace wording_impl {
namespace {

constexpr std::size_t kMostCombinations = 256;

using Attributes = std::map<std::string, std::vector<std::string>, std::less<>>;
using Choice = std::vector<std::pair<std::string, std::string>>;

Attributes attributes_of(const WordingText& text) {
  Attributes attributes;
  for (const WordingPassage& passage : text.passages) {
    for (const auto& [attribute, values] : passage.when) {
      std::vector<std::string>& known = attributes[attribute];
      for (const std::string& value : values) {
        if (std::find(known.begin(), known.end(), value) == known.end()) known.push_back(value);
      }
    }
  }
  return attributes;
}

// Nobody's attributes first, then all combinations, or each value alone when there are too many.
std::vector<Choice> choices_of(const Attributes& attributes) {
  std::size_t combinations = 1;
  for (const auto& [name, values] : attributes)
    combinations = std::min(combinations * (values.size() + 1), kMostCombinations + 1);
  std::vector<Choice> choices{{}};
  for (const auto& [name, values] : attributes) {
    const std::size_t before = combinations > kMostCombinations ? 1 : choices.size();
    for (const std::string& value : values) {
      for (std::size_t i = 0; i < before; ++i) {
        Choice choice = choices[i];
        choice.emplace_back(name, value);
        choices.push_back(std::move(choice));
      }
    }
  }
  return choices;
}

}  // namespace

std::vector<WordingPreview> previews_of(const Wording& wording, const WordingText& text) {
  std::vector<FieldValue> samples;
  for (const WordingField& field : wording.fields()) samples.push_back({field.name, field.sample});
  std::vector<WordingPreview> previews;
  std::set<std::string> seen;
  for (const Choice& choice : choices_of(attributes_of(text))) {
    std::vector<FieldValue> segments;
    WordingPreview preview{text.language, text.channel, text.pointer, {}, {}};
    for (const auto& [name, value] : choice) {
      segments.push_back({name, value});
      preview.segments += (preview.segments.empty() ? "" : ", ") + name + "=" + value;
    }
    // Samples were checked when the file was read, so that rendering with them succeeds.
    if (!wording.render_into(preview.message, text.language, text.channel, samples, segments)) continue;
    if (seen.insert(preview.message).second) previews.push_back(std::move(preview));
  }
  return previews;
}

}  // namespace wording_impl

std::vector<WordingPreview> previews(const Wording& wording) {
  std::vector<WordingPreview> all;
  for (const WordingText& text : wording.texts()) {
    for (WordingPreview& preview : wording_impl::previews_of(wording, text)) all.push_back(std::move(preview));
  }
  return all;
}

std::vector<TextCost> costs(const Wording& wording) {
  std::vector<TextCost> list;
  for (const WordingText& text : wording.texts()) {
    TextCost cost;
    cost.language = text.language;
    cost.channel = text.channel;
    bool first = true;
    for (const WordingPreview& preview : wording_impl::previews_of(wording, text)) {
      const SmsLength length = sms_length(preview.message);
      const auto order = [](const SmsLength& a) { return std::pair(a.segments, a.units); };
      if (first || order(length) < order(cost.shortest)) cost.shortest = length;
      if (first || order(length) >= order(cost.longest)) {
        cost.longest = length;
        cost.reading = reading_length(preview.message);
        cost.columns = display_width(preview.message);
      }
      first = false;
    }
    list.push_back(std::move(cost));
  }
  return list;
}

}  // namespace tactful
