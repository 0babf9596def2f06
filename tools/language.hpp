#pragma once

#include <string>
#include <string_view>

#include "command.hpp"

/// The language that a command speaks to people; JSON and CSV stay English.
namespace tactful::tools {

enum class Language { kEnglish, kChinese };

/// `--lang`, for the tables of commands.
[[nodiscard]] OptionSpec language_spec();

/// Errors: kInvalidArgument for a language other than en and zh.
[[nodiscard]] Result<Language> language_option(const Arguments& arguments);

/// The text of that language.
[[nodiscard]] inline std::string say(Language language, std::string_view english, std::string_view chinese) {
  return std::string(language == Language::kChinese ? chinese : english);
}

/// What the scorecard recommends ("promote", "stop", ...) as people say it.
[[nodiscard]] std::string action_name(std::string_view action, Language language);

}  // namespace tactful::tools
