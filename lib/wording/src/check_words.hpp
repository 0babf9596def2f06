#pragma once

#include <string>
#include <string_view>

namespace tactful::wording_impl {

/// Findings of checks in the language of the people who write wordings: Chinese for `zh` and its kinds, else English.
class Speech {
 public:
  explicit Speech(std::string_view language) noexcept : chinese_(language == "zh" || language.substr(0, 3) == "zh-") {}

  [[nodiscard]] bool chinese() const noexcept { return chinese_; }
  [[nodiscard]] std::string say(std::string english, std::string chinese) const {
    return chinese_ ? std::move(chinese) : std::move(english);
  }
  /// The element's name for people: `next action`, 下一步行动; with the name that files use where that differs.
  [[nodiscard]] std::string element(std::string_view element) const;

 private:
  bool chinese_;
};

}  // namespace tactful::wording_impl
